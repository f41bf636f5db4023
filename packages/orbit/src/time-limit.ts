import { clearTimeout, setImmediate, setTimeout } from 'node:timers'

const steps = 5

/**
 * Settles with `work`. If that takes longer than the limit, rejects with the error that `tooLate` returns.
 *
 * Time during which the process is blocked hardly counts. After a long computation, timers run before the
 * sockets are read, so the response of a healthy server may already be waiting. So the limit is counted in
 * steps, with a turn of the event loop after each step. A blocked process uses one step, however long it
 * is blocked, and after the last step the sockets are read again.
 *
 * @param limit in milliseconds
 */
export function withinTime<Result>(
  limit: number,
  work: Promise<Result>,
  tooLate: () => Error,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    let isSettled = false
    let timer: ReturnType<typeof setTimeout>
    const wait = (left: number) => {
      timer = setTimeout(() => (left > 1 ? wait(left - 1) : setImmediate(giveUp)), limit / steps)
    }
    const giveUp = () => {
      if (!isSettled) reject(tooLate())
    }
    const settled = () => {
      isSettled = true
      clearTimeout(timer)
    }
    wait(steps)
    work.then(
      (result) => {
        settled()
        resolve(result)
      },
      (error) => {
        settled()
        reject(error)
      },
    )
  })
}
