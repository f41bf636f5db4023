import { postJson } from './csrf.js'

// Shows the result on this page. Without this script, the browser shows the error as a separate page.
for (const form of document.querySelectorAll('form[data-answer-here]')) {
  on(form, 'submit', async (event) => {
    event.preventDefault()
    const response = await fetch(form.action, {
      method: 'POST',
      headers: { Accept: 'application/json' },
      body: new URLSearchParams(new FormData(form)),
    })
    const { error } = response.ok ? {} : await response.json()
    if (error) say(form, `${response.status} ${error.reason ?? error.code}`, error.message)
    else
      say(form, response.status, 'The server accepted the request. It should refuse it.', 'wrong')
  })
}

const button = document.querySelector('[data-clicks]')

on(button, 'click', async () => {
  const wanted = Number(button.dataset.clicks)
  const before = await clicks()
  const posts = Array.from({ length: wanted }, () => postJson('/attacks/clicks'))
  const answers = await Promise.all(posts)
  const counted = (await clicks()) - before
  const statuses = [...new Set(answers.map(({ status }) => status))]
  say(
    button,
    `${counted} of ${wanted} counted`,
    `The responses have the status ${statuses.join(' or ')}. The number in the session went from ${before} to ${before + counted} clicks.`,
    counted === wanted ? '' : 'wrong',
  )
})
button.disabled = false

async function clicks() {
  const response = await fetch('/attacks/clicks')
  if (!response.ok) throw new Error(`/attacks/clicks failed with ${response.status}`)
  return (await response.json()).clicks
}

function on(element, event, attack) {
  element.addEventListener(event, (details) =>
    attack(details).catch(() => say(element, 'No result', 'The server did not respond.', 'wrong')),
  )
}

function say(element, verdict, explanation, kind = '') {
  const answer = element.closest('section').querySelector('[role="status"]')
  const strong = document.createElement('strong')
  strong.textContent = verdict
  answer.replaceChildren(strong, `: ${explanation}`)
  answer.className = `answer ${kind}`
}
