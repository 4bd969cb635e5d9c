import { flushCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { pause } from '@manx/api'

/** Milliseconds after everything was read. */
const settleTime = 5000

/**
 * Gives back what the start needed and nothing else does: the lists of a large cluster leave a heap several times of what stays
 * alive, and V8 keeps it while nobody asks for memory. Also writes what was compiled for the next start, where NODE_COMPILE_CACHE
 * has a place for it, because a killed process cannot.
 */
export async function releaseMemory(synced: Promise<unknown>, signal: AbortSignal): Promise<void> {
  await Promise.race([synced, new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))])
  await pause(settleTime, signal)
  if (signal.aborted) return
  flushCompileCache()
  setFlagsFromString('--expose-gc')
  const collect: NodeJS.GCFunction = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  await collect({ type: 'major', flavor: 'last-resort', execution: 'async' })
}
