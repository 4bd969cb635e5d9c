/** A signal that comes with the caller's or after a time, whichever is first. Must be disposed of. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal
  readonly expired: boolean
}

/** Unlike `AbortSignal.any`, leaves nothing behind on a long-lived signal. */
export function deadlineAfter(milliseconds: number, caller?: AbortSignal): Deadline {
  const controller = new AbortController()
  let expired = false
  const timer = setTimeout(() => {
    expired = true
    controller.abort()
  }, milliseconds)
  const onAbort = () => controller.abort(caller?.reason)
  if (caller?.aborted === true) onAbort()
  else caller?.addEventListener('abort', onAbort, { once: true })
  return {
    signal: controller.signal,
    get expired() {
      return expired
    },
    [Symbol.dispose]: () => {
      clearTimeout(timer)
      caller?.removeEventListener('abort', onAbort)
    },
  }
}
