import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Desired, DesiredGlobal } from '../plan/desired.ts'

/** What survives the agent: with it a node routes and peers before (or without) the API server. */
export interface SavedState {
  /** Of the boot in which gobgpd last served: after a reboot nothing is left to restart gracefully. */
  readonly bootId: string
  readonly desired: Desired
}

const format = 1

/** Writes the state so that a crash leaves the old or the new one. Only its owner may read it: it has session passwords. */
export async function saveState(path: string, state: SavedState): Promise<void> {
  const { desired, bootId } = state
  const json = {
    format,
    bootId,
    desired: { ...desired, peers: [...desired.peers.values()], paths: [...desired.paths.values()] },
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const scratch = `${path}.new`
  const file = await open(scratch, 'w', 0o600)
  try {
    await file.writeFile(JSON.stringify(json))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(scratch, path)
}

/** Undefined when there is none, or none that this version can read. */
export async function loadState(path: string): Promise<SavedState | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    const json = JSON.parse(text)
    if (json.format !== format) return undefined
    const { peers, paths, ...rest } = json.desired
    const byKey = <T>(items: readonly T[], key: (item: T) => string) => new Map(items.map((item) => [key(item), item]))
    const desired: Desired = {
      ...rest,
      peers: byKey(
        peers as Desired['peers'] extends ReadonlyMap<string, infer P> ? P[] : never,
        ({ address }) => address,
      ),
      paths: byKey(
        paths as Desired['paths'] extends ReadonlyMap<string, infer P> ? P[] : never,
        ({ prefix }) => prefix,
      ),
    }
    return { bootId: String(json.bootId), desired }
  } catch {
    // Cut off by a full disk, or written by hand: as if there were none.
    return undefined
  }
}

/** Whether a fresh gobgpd continues what an earlier one did: same boot (so the kernel still forwards), same identity. */
export function isRestart(saved: SavedState | undefined, bootId: string, global: DesiredGlobal): boolean {
  return (
    saved?.bootId === bootId &&
    saved.desired.global.asn === global.asn &&
    saved.desired.global.routerId === global.routerId
  )
}

export async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
}
