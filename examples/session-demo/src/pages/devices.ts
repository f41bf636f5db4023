import type { SessionInfo } from '@gravito/orbit'
import { html } from 'hono/html'
import type { Frame } from './frame.ts'
import { type Html, layout } from './layout.ts'
import { agoInWords } from './time.ts'

export function devicesPage(frame: Frame, devices: readonly SessionInfo[], now: Date): Html {
  return layout(frame, {
    title: 'Your devices',
    lede: 'The devices on which you are signed in. To add one, sign in with the same name in another browser.',
    source: 'src/controllers/DeviceController.ts',
    content: html`<ul class="lines" aria-label="Devices">${devices.map((device) => line(frame, device, now))}</ul>
      ${devices.length > 1 ? others(frame) : ''}`,
  })
}

function line(frame: Frame, session: SessionInfo, now: Date): Html {
  const { name, device, lastActiveAt, createdAt, isCurrent } = session
  return html`<li class="device">
          <div>
            <p id="device-${name}"><strong>${device?.name ?? 'Unknown device'}</strong>
              ${isCurrent ? html`<span class="badge">This device</span>` : ''}</p>
            <p class="soft"><span>Network: ${network(device?.address)} ·</span>
              <span>active ${time(lastActiveAt, now)} ·</span>
              <span>signed in ${time(createdAt, now)}</span></p>
          </div>
          ${isCurrent ? '' : end(frame, name)}
        </li>`
}

function end({ csrfField }: Frame, name: string): Html {
  return html`<form method="post" action="/devices/end">
            ${csrfField}
            <input type="hidden" name="name" value="${name}">
            <button class="quiet" aria-describedby="device-${name}">Sign out there</button>
          </form>`
}

function others({ csrfField }: Frame): Html {
  return html`<form method="post" action="/devices/end-others">
        ${csrfField}
        <button>Sign out everywhere else</button>
      </form>`
}

/** The library stores the network part of the address, or nothing if the address is unknown. */
function network(address: string | undefined): string | Html {
  if (!address) return 'unknown'
  const isOwn = address.startsWith('127.') || address.startsWith('::/')
  return isOwn ? 'this computer' : html`<code>${address}</code>`
}

function time(date: Date, now: Date): Html {
  return html`<time datetime="${date.toISOString()}">${agoInWords(date, now)}</time>`
}
