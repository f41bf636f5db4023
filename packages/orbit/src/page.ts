import { messageFor, type SessionError } from './errors.ts'

/** The content of the page that a user gets instead of a JSON error. */
export interface Problem {
  readonly title: string
  /** What happened and what to do, for the user. */
  readonly advice: string
  /** For developers: the error code or the reason. */
  readonly code: string
  readonly message: string
}

/** The HTML page. It has no scripts and loads nothing. The message is escaped. */
export function pageOf({ title, advice, code, message }: Problem): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<body style="font: 1rem/1.5 system-ui; max-width: 36rem; margin: 4rem auto; padding: 0 1rem">
<h1>${title}</h1>
<p>${advice}</p>
<p><a href="/" style="display: inline-block; padding: .7rem 0">Go to the start page</a></p>
<p><small>${code}: ${escaped(message)}</small></p>
</body>
</html>
`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** The page that replaces the JSON of an error. */
export function pageOfError(error: SessionError): string {
  return pageOf({ ...forPeople(error), code: error.code, message: messageFor(error) })
}

/** What happened and what to do, for the user who sent the request. */
function forPeople({ code, status }: SessionError): Pick<Problem, 'title' | 'advice'> {
  if (code === 'session-limit') {
    return {
      title: 'Not signed in',
      advice:
        'You are signed in on as many devices as this site allows. Sign out on one of them, and sign in here again.',
    }
  }
  if (code === 'session-ambiguous') {
    return {
      title: 'Not completed',
      advice:
        'Your browser sent several cookies of this site. Remove the cookies of this site, and sign in again.',
    }
  }
  switch (status) {
    case 408:
      return {
        title: 'Too slow',
        advice:
          'What you sent arrived too slowly, so it was not processed. Go back and send it again.',
      }
    case 409:
      return {
        title: 'Not completed',
        advice:
          'Your session changed while this request was running, for example because you signed in or out in another tab. It was not completed. Go back, reload the page, and try again.',
      }
    case 503:
      return {
        title: 'Not available right now',
        advice: 'This site cannot reach your session right now. Try again in a moment.',
      }
    default:
      return {
        title: 'Something went wrong',
        advice: 'Something went wrong on this site, so the request was not completed.',
      }
  }
}
