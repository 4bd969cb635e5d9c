import { existsSync } from 'node:fs'
import { run } from '@manx/testbed'

/** Whether the kernel speaks SCTP; loads its module where that is possible. */
export async function hasSctp(): Promise<boolean> {
  const loaded = () => existsSync('/proc/net/sctp')
  if (!loaded()) await run('modprobe', ['-q', 'sctp']).catch(() => undefined)
  return loaded()
}
