import type { Informer } from './informer.ts'

/** Waits until the stores of all informers are complete; false when the signal came first. */
export async function untilSynced(
  informers: Iterable<Pick<Informer<unknown>, 'synced'>>,
  signal: AbortSignal,
): Promise<boolean> {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => stop(), { once: true })
  await Promise.race([stopped, Promise.all([...informers].map(({ synced }) => synced))])
  return !signal.aborted
}
