import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FelixConfiguration, type IPPool, type Logger, messageOf } from '@manx/api'

/** What the node must know to route its pods when the API server cannot be asked. BGP keeps its own plan beside it. */
export interface KnownState {
  readonly pools: readonly Pick<IPPool, 'metadata' | 'spec'>[]
  readonly felixConfigurations: readonly Pick<FelixConfiguration, 'metadata' | 'spec'>[]
  readonly hostAddresses: readonly string[]
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
      const state = parseState(text)
      if (state === undefined)
        logger.warn('the last known good state cannot be read and is passed over', { file: path })
      return state
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

function parseState(text: string): KnownState | undefined {
  try {
    const value = JSON.parse(text)
    const lists = [value?.pools, value?.felixConfigurations, value?.hostAddresses]
    return value?.version === version && lists.every(Array.isArray) ? value : undefined
  } catch {
    return undefined
  }
}
