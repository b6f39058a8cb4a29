// Progressive enhancement only: every button works without this file. A letter counts only while a patient's line has
// the focus (WCAG 2.1.4), and never while somebody types.
const lines = [...document.querySelectorAll('[data-line]')]
lines.forEach((line, number) => { line.tabIndex = number === 0 ? 0 : -1 })
const goTo = (line) => {
  lines.forEach((other) => { other.tabIndex = other === line ? 0 : -1 })
  line.focus()
}
const named = window.location.hash && document.getElementById(window.location.hash.slice(1))
if (named && lines.includes(named)) goTo(named)
document.addEventListener('keydown', (event) => {
  const line = document.activeElement
  if (!lines.includes(line) || event.ctrlKey || event.metaKey || event.altKey) return
  if (['ArrowDown', 'ArrowUp'].includes(event.key)) {
    const next = lines[lines.indexOf(line) + (event.key === 'ArrowDown' ? 1 : -1)]
    if (next) { goTo(next); event.preventDefault() }
    return
  }
  const button = line.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`)
  if (button) { event.preventDefault(); button.click() }
})
