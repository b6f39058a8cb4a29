// Progressive enhancement only: every page works without this file.
const here = document.querySelector('script[data-nhsuk]')
import(here.dataset.nhsuk).then((nhsuk) => nhsuk.initAll())

// --- The answer to a form, come back to by Back or loaded anew, is a page: never the browser's question whether to send again.
if (document.body.dataset.anew) window.history.replaceState(null, '', document.body.dataset.anew)

// --- A form that changes something is sent once.
document.addEventListener('submit', (event) => {
  const form = event.target
  if (!form.matches('[data-once]')) return
  if (form.dataset.sent) { event.preventDefault(); return }
  form.dataset.sent = 'yes'
  document.documentElement.classList.add('hub-busy')
  // What can take seconds says so: somebody is on the telephone meanwhile.
  const waiting = form.querySelector('[data-waiting]')
  if (!waiting) return
  waiting.textContent = waiting.dataset.waiting
  form.querySelectorAll('button[type=submit]').forEach((button) => button.setAttribute('aria-disabled', 'true'))
})
window.addEventListener('pageshow', (event) => {
  document.documentElement.classList.remove('hub-busy')
  document.querySelectorAll('[data-sent]').forEach((form) => delete form.dataset.sent)
  document.querySelectorAll('[data-waiting]').forEach((waiting) => { waiting.textContent = '' })
  document.querySelectorAll('form button[aria-disabled]').forEach((button) => button.removeAttribute('aria-disabled'))
  if (event.persisted) window.location.reload() // never an old page from memory
})

// --- Results: arrow keys go from time to time while one of them has the focus; a click anywhere in a row is its button.
document.addEventListener('keydown', (event) => {
  if (!['ArrowDown', 'ArrowUp'].includes(event.key) || !event.target.matches('.hub-time')) return
  const times = [...document.querySelectorAll('.hub-time')]
  const next = times[times.indexOf(event.target) + (event.key === 'ArrowDown' ? 1 : -1)]
  if (next) { next.focus(); event.preventDefault() }
})
document.addEventListener('click', (event) => {
  const row = event.target.closest('.hub-offer')
  if (row && !event.target.closest('button, a') && !String(window.getSelection())) row.querySelector('.hub-time').click()
})

// --- On a telephone what has the focus lies far below the patient's name: begin at the top all the same.
const arrived = performance.getEntriesByType('navigation')[0]
if (window.matchMedia('(max-width: 700px)').matches && arrived?.type === 'navigate') {
  const atTop = () => {
    if (!document.activeElement.matches('.hub-time')) return
    document.activeElement.blur()
    window.scrollTo(0, 0)
  }
  atTop()
  window.addEventListener('load', () => requestAnimationFrame(atTop))
}

// --- Enter in a filter goes to the first time, as soon as the results are there: no tabbing through the rest.
let toFirstTime = false
let lastAsked = null
document.addEventListener('keydown', (event) => {
  toFirstTime = event.key === 'Enter' && event.target.matches('.hub-filters select, .hub-filters input')
  if (!toFirstTime) return
  event.preventDefault()
  event.target.dispatchEvent(new Event('change', { bubbles: true }))
})
document.addEventListener('pointerdown', () => { toFirstTime = false })
// The answer to an earlier choice may still come: it would be replaced at once, and the focus be lost with it.
document.addEventListener('htmx:beforeRequest', (event) => { if (toFirstTime) lastAsked = event.detail.xhr })
document.addEventListener('htmx:afterSettle', (event) => {
  if (toFirstTime && event.detail.xhr === lastAsked) document.querySelector('#results .hub-time')?.focus()
})

// --- Printing.
document.querySelectorAll('[data-print]').forEach((button) => {
  button.hidden = false
  button.addEventListener('click', () => window.print())
})

// --- The hold's countdown: seen every second, said at two minutes, one minute and half a minute.
document.querySelectorAll('[data-countdown]').forEach((box) => {
  const words = box.querySelector('.hub-countdown__words')
  const left = box.querySelector('.hub-countdown__left')
  const said = box.querySelector('[data-countdown-said]')
  if (!left) return
  const end = performance.now() + Number(box.dataset.countdown) * 1000
  left.hidden = false
  const tick = () => {
    const seconds = Math.max(0, Math.round((end - performance.now()) / 1000))
    left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
    box.classList.toggle('hub-countdown--short', seconds <= 60)
    if ([120, 60, 30].includes(seconds)) said.textContent = seconds > 60 ? 'Two minutes left' : `${seconds} seconds left`
    if (seconds > 0) return
    clearInterval(timer)
    left.hidden = true
    box.classList.add('hub-countdown--over')
    words.textContent = 'The four minutes are over. You can still confirm, unless somebody else takes it first.'
    said.textContent = words.textContent
  }
  const timer = setInterval(tick, 1000)
  tick()
})

// --- Locked after fifteen idle minutes: a warning two minutes before, and a sign of life while somebody types.
const body = document.body
if (body.dataset.idle) {
  const limit = Number(body.dataset.idle) * 1000
  let seen = Date.now()
  let told = Date.now()
  let warning = null
  const stay = () => {
    told = Date.now()
    fetch(body.dataset.stay, { method: 'POST', headers: { 'X-CSRF': body.dataset.csrf, 'HX-Request': 'true' } })
      .then((answer) => { if (answer.status === 401) lock() })
      .catch(() => {})
  }
  const lock = () => {
    // What is being typed is sent to where it is kept sealed, or comes back if another tab is still in use.
    const typed = document.querySelector('form[data-typed]')
    const words = typed?.dataset.typed // the one field that counts; else the whole form does
    if (typed && (!words || typed.elements[words].value.trim())) {
      const doing = document.createElement('input')
      Object.assign(doing, { type: 'hidden', name: 'do', value: 'change' })
      typed.append(doing)
      typed.submit()
      return
    }
    const back = window.location.pathname + window.location.search
    window.location.replace(`${body.dataset.lock}?back=${encodeURIComponent(back)}`)
  }
  const active = () => {
    seen = Date.now()
    if (warning) { warning.remove(); warning = null; stay() }
    else if (seen - told > 60000) stay()
  }
  for (const kind of ['keydown', 'pointerdown', 'input']) document.addEventListener(kind, active, { passive: true })
  setInterval(() => {
    const idle = Date.now() - seen
    if (idle > limit) lock()
    else if (idle > limit - 120000 && !warning) {
      warning = document.createElement('div')
      warning.className = 'hub-idle'
      warning.setAttribute('role', 'alert')
      warning.textContent = 'This session locks in two minutes. Press any key to stay signed in.'
      body.append(warning)
    }
  }, 5000)
}

// --- htmx: say that results are being fetched, and say so when they cannot be.
document.addEventListener('htmx:responseError', () => window.location.reload())
document.addEventListener('htmx:sendError', () => {
  const results = document.getElementById('results')
  if (!results || results.querySelector('.hub-alert')) return
  const alert = document.createElement('div')
  alert.className = 'hub-alert'
  alert.setAttribute('role', 'alert')
  alert.textContent = 'The hub did not answer. What you see below may be old. Try again in a moment.'
  results.prepend(alert)
})
