import { formatAddress, parseAddress } from '@manx/api'
import type { ConntrackSocket } from '@manx/netlink'
import type { Driver } from '../driver.ts'

/** Under which the driver says whether an address has been cleared of its former owner's flows. */
export function flowKey(address: string): string {
  return `flows|${canonical(address) ?? address}`
}

/**
 * Ends the flows of addresses whose endpoint is gone: what was let through for one pod must not be let through for the next
 * one that gets its address. Comes after the drivers that keep new flows of the address from being let through.
 */
export class FlowDriver implements Driver {
  readonly name = 'conntrack'
  readonly gates = false
  readonly #socket: ConntrackSocket
  /** Addresses by their keys. */
  readonly #ending = new Map<string, string>()
  #ended = 0

  constructor(socket: ConntrackSocket) {
    this.#socket = socket
  }

  /** Flows that were ended since the start. */
  get ended(): number {
    return this.#ended
  }

  /** Not to be called while `apply` runs: then the address may still be in use. */
  end(addresses: Iterable<string>): void {
    for (const address of addresses) {
      const text = canonical(address)
      if (text !== undefined) this.#ending.set(flowKey(text), text)
    }
  }

  accept(): void {}

  invalidate(): void {}

  settled(key: string): boolean {
    return !this.#ending.has(key)
  }

  async apply(): Promise<void> {
    if (this.#ending.size === 0) return
    this.#ended += await this.#socket.deleteBySource([...this.#ending.values()])
    this.#ending.clear()
  }
}

function canonical(text: string): string | undefined {
  const address = parseAddress(text)
  return address === undefined ? undefined : formatAddress(address)
}
