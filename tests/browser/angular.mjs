// Angular's HTTP client without configuration, for a page: `post(path, data)` returns the status
// of the response.

import '@angular/compiler'
import { HttpClient } from '@angular/common/http'
import { createApplication } from '@angular/platform-browser'

const { injector } = await createApplication()
const http = injector.get(HttpClient)

window.post = (path, data) =>
  new Promise((resolve) => {
    http.post(path, data, { observe: 'response' }).subscribe({
      next: ({ status }) => resolve(status),
      error: ({ status }) => resolve(status),
    })
  })
