const clicks = document.querySelector('#clicks')
const answer = document.querySelector('#answer')

/** The token stands in a cookie that scripts may read. It changes at sign-in: read it each time. */
function csrfToken() {
  const cookie = document.cookie.split('; ').find((pair) => pair.startsWith('XSRF-TOKEN='))
  return decodeURIComponent(cookie?.slice('XSRF-TOKEN='.length) ?? '')
}

async function count(headers) {
  const response = await fetch('/clicks', {
    method: 'POST',
    headers: { Accept: 'application/json', ...headers },
  })
  const body = await response.json()
  if (response.ok) clicks.textContent = body.clicks
  answer.hidden = false
  answer.classList.toggle('refused', !response.ok)
  answer.textContent = response.ok
    ? `${response.status}: counted.`
    : `${response.status} ${body.error.reason ?? body.error.code}: ${body.error.message}`
}

for (const button of document.querySelectorAll('[data-count]')) {
  const headers = () =>
    button.dataset.count === 'with-token' ? { 'X-CSRF-Token': csrfToken() } : {}
  button.addEventListener('click', () => count(headers()))
}
