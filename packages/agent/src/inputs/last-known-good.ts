import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import {
  type AnyKind,
  BGPConfiguration,
  BGPPeer,
  FelixConfiguration,
  IPPool,
  isObject,
  type KubernetesObject,
  type Logger,
  messageOf,
  parseAddress,
  type SalvageOptions,
  salvage,
} from '@manx/api'

/** What the node must know to route its pods when the API server cannot be asked. BGP keeps its own plan beside it. */
export interface KnownState extends KnownBgp {
  readonly pools: readonly Pick<IPPool, 'metadata' | 'spec'>[]
  readonly felixConfigurations: readonly Pick<FelixConfiguration, 'metadata' | 'spec'>[]
  readonly hostAddresses: readonly string[]
}

/** What stays in force of BGP objects that are malformed when the agent starts. */
export interface KnownBgp {
  readonly bgpConfigurations: readonly Pick<BGPConfiguration, 'metadata' | 'spec'>[]
  readonly bgpPeers: readonly Pick<BGPPeer, 'metadata' | 'spec'>[]
}

export interface LastKnownGood {
  read(): KnownState | undefined
  /** Writes only what changed. A full disk is reported, and the node goes on. */
  write(state: KnownState): void
}

const version = 1

export function lastKnownGood(folder: string, logger: Logger): LastKnownGood {
  const path = join(folder, 'inputs.json')
  let written: string | undefined
  return {
    read: () => {
      let text: string
      try {
        text = readFileSync(path, 'utf8')
      } catch {
        return undefined
      }
      const found = parseState(text)
      if (found === undefined) {
        logger.warn('the last known good state cannot be read and is passed over', { file: path })
      } else if (!found.isWhole) {
        logger.warn('what cannot be read of the last known good state is passed over', { file: path })
      }
      return found?.state
    },
    write: (state) => {
      const text = JSON.stringify({ version, ...state })
      if (text === written) return
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 })
        writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true })
        renameSync(`${path}.new`, path)
        written = text
      } catch (error) {
        logger.error('the last known good state cannot be written', { file: path, error: messageOf(error) })
      }
    },
  }
}

function parseState(text: string): { readonly state: KnownState; readonly isWhole: boolean } | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isObject(value) || value.version !== version) return undefined
  // An agent that was here before may have written no BGP objects.
  const { pools, felixConfigurations, hostAddresses, bgpConfigurations = [], bgpPeers = [] } = value
  if (!Array.isArray(pools) || !Array.isArray(felixConfigurations) || !Array.isArray(hostAddresses)) return undefined
  if (!Array.isArray(bgpConfigurations) || !Array.isArray(bgpPeers)) return undefined
  const state: KnownState = {
    pools: pools.flatMap((one) => readObject<IPPool>(IPPool, one, ['natOutgoing'])),
    felixConfigurations: felixConfigurations.flatMap((one) =>
      readObject<FelixConfiguration>(FelixConfiguration, one, 'all'),
    ),
    hostAddresses: hostAddresses.filter((one) => typeof one === 'string' && parseAddress(one) !== undefined),
    bgpConfigurations: bgpConfigurations.flatMap((one) => readObject<BGPConfiguration>(BGPConfiguration, one, [])),
    bgpPeers: bgpPeers.flatMap((one) => readObject<BGPPeer>(BGPPeer, one, [])),
  }
  const given = { pools, felixConfigurations, hostAddresses, bgpConfigurations, bgpPeers }
  return { state, isWhole: isDeepStrictEqual(state, given) }
}

/** At most one object: what is right of it, as where it comes from the API server. */
function readObject<T extends KubernetesObject>(
  kind: AnyKind,
  value: unknown,
  defaults: SalvageOptions['defaults'],
): readonly T[] {
  if (!isObject(value) || !isObject(value.metadata) || typeof value.metadata.name !== 'string') return []
  const found = salvage(kind, value as unknown as T, { last: undefined, defaults })
  return found === undefined ? [] : [found]
}
