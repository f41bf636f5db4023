import type { Change } from './browser.ts'
import type { Random } from './random.ts'
import { isStored, type View } from './view.ts'

/** A session with a longer log is ended by the plan. */
const longestLog = 120

const usual = ['push', 'push', 'add', 'add', 'put', 'put', 'flash', 'code', 'take'] as const
const disruptive = ['sign-in', 'sign-in', 'regenerate', 'regenerate', 'sign-out'] as const

/** The changes that a user sends at one time: up to four, sometimes with one that moves or ends the session. */
export function planRound(
  random: Random,
  seen: View,
  name: string,
  newMark: () => string,
): Change[] {
  const hasSession = isStored(seen)
  const plan: Change['kind'][] = Array.from({ length: random.between(1, 4) }, () =>
    random.one(usual),
  )
  const another = () => (hasSession ? random.one(disruptive) : 'sign-in')
  if (seen.log.length > longestLog) plan[0] = 'sign-out'
  else if (random.happens(0.35)) plan[0] = another()
  if (hasSession && random.happens(0.05)) plan.push(another())
  return plan.map((kind) => {
    switch (kind) {
      case 'put':
        return { kind, mark: newMark(), key: random.one(['a', 'b', 'c']) }
      case 'sign-in':
        return { kind, mark: newMark(), user: `${name}-${random.one(['ada', 'bob'])}` }
      case 'take':
      case 'regenerate':
      case 'sign-out':
        return { kind }
      default:
        return { kind, mark: newMark() }
    }
  })
}
