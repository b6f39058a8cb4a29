// Progressive enhancement only: every button works without this file. A letter counts only while a patient's line has
// the focus (WCAG 2.1.4), and never while somebody types.
const lines = [...document.querySelectorAll('[data-line]')]
const LETTERS = [...'arldmcuzsnvw']
const said = document.querySelector('[data-said]')
const first = lines.find((line) => !line.classList.contains('ses-line--over')) || lines[0]
lines.forEach((line) => { line.tabIndex = line === first ? 0 : -1 })
const goTo = (line) => {
  lines.forEach((other) => { other.tabIndex = other === line ? 0 : -1 })
  line.focus()
}
const named = window.location.hash && document.getElementById(window.location.hash.slice(1))
if (named && lines.includes(named)) goTo(named)
document.addEventListener('keydown', (event) => {
  const line = document.activeElement
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const arrow = ['ArrowDown', 'ArrowUp'].includes(event.key)
  if (arrow && (!line || line === document.body) && first) { // nothing has the focus yet: the arrow brings it here
    goTo(first)
    event.preventDefault()
    return
  }
  if (!lines.includes(line)) return
  if (said) said.textContent = ''
  if (arrow) {
    const next = lines[lines.indexOf(line) + (event.key === 'ArrowDown' ? 1 : -1)]
    if (next) { goTo(next); event.preventDefault() }
    return
  }
  const button = line.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`)
  if (button) { // a key held down says it once: its repeats would be more calls
    event.preventDefault()
    if (!event.repeat) button.click()
  }
  else if (said && LETTERS.includes(event.key.toLowerCase())) said.textContent = line.dataset.noKey
})
