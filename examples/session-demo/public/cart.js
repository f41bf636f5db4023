import { postJson } from './csrf.js'

const form = document.querySelector('[data-add-with-fetch]')
const input = form.querySelector('input')
const answer = form.querySelector('[role="status"]')
const list = document.querySelector('[aria-label="Items"]')
const nothing = document.querySelector('#nothing')

async function add(item) {
  const response = await postJson('/cart/items', { item })
  const { items, error } = await response.json()
  if (response.ok) show(items)
  answer.textContent = response.ok ? `Added: ${item}.` : error.message
  answer.classList.toggle('wrong', !response.ok)
}

function show(items) {
  nothing.hidden = items.length > 0
  list.replaceChildren(
    ...items.map((item) => {
      const entry = document.createElement('li')
      entry.textContent = item
      return entry
    }),
  )
}

// Sends one request after the other, so that an older response never replaces a newer one.
let last = Promise.resolve()

form.addEventListener('submit', (event) => {
  event.preventDefault()
  const item = input.value.trim()
  form.reset()
  last = last
    .then(() => add(item))
    .catch(() => {
      answer.textContent = 'The server did not respond.'
    })
})

form.querySelector('fieldset').disabled = false
