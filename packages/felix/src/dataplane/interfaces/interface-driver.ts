import { isDeepStrictEqual } from 'node:util'
import { type InterfaceAddress, type RouteSocket, readSysctl, writeSysctl } from '@manx/netlink'
import type { Delta } from '../../calc/delta.ts'
import { type InterfaceSettings, interfaceKey, type Sysctl } from '../../calc/items.ts'
import type { Driver } from '../driver.ts'
import type { LinkTable } from './link-table.ts'

export interface InterfaceDriverOptions {
  readonly socket: RouteSocket
  readonly links: LinkTable
  readonly sysctlRoot: string
  readonly namespace?: string
}

type AddressReader = (index: number) => Promise<readonly InterfaceAddress[]>

/** Sysctls of the node and of the pods' interfaces, and the link-local address that pods have as their IPv6 gateway. */
export class InterfaceDriver implements Driver {
  readonly name = 'interfaces'
  readonly gates = false
  readonly #options: InterfaceDriverOptions
  readonly #settings = new Map<string, InterfaceSettings>()
  readonly #sysctls = new Map<string, Sysctl>()
  readonly #dirty = new Set<string>()

  constructor(options: InterfaceDriverOptions) {
    this.#options = options
  }

  accept({ key, item, kind }: Delta): void {
    if (kind === 'interface') this.#put(this.#settings, key, item?.kind === 'interface' ? item.settings : undefined)
    if (kind === 'sysctl') this.#put(this.#sysctls, key, item?.kind === 'sysctl' ? item.sysctl : undefined)
  }

  invalidate(): void {
    for (const key of this.#settings.keys()) this.#dirty.add(key)
    for (const key of this.#sysctls.keys()) this.#dirty.add(key)
  }

  /** The interface came, went, or changed its state. */
  touch(name: string): void {
    const key = interfaceKey(name)
    if (this.#settings.has(key)) this.#dirty.add(key)
  }

  settled(key: string): boolean {
    return !this.#dirty.has(key)
  }

  async apply(): Promise<void> {
    const errors: unknown[] = []
    // Many interfaces at once are read in one go, a few one by one.
    const { socket } = this.#options
    const many = this.#dirty.size > 4
    let all: Promise<readonly InterfaceAddress[]> | undefined
    const addresses = (index: number) => {
      if (!many) return socket.addresses({ family: 6, index })
      all ??= socket.addresses({ family: 6 })
      return all
    }
    for (const key of [...this.#dirty]) {
      try {
        if (await this.#applyOne(key, addresses)) this.#dirty.delete(key)
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length === 1) throw errors[0]
    if (errors.length > 1) throw new AggregateError(errors, `${errors.length} interface settings failed: ${errors[0]}`)
  }

  /** False when it must wait for its interface. */
  async #applyOne(key: string, addresses: AddressReader): Promise<boolean> {
    const sysctl = this.#sysctls.get(key)
    if (sysctl !== undefined) {
      this.#write(sysctl)
      return true
    }
    const settings = this.#settings.get(key)
    if (settings === undefined) return true
    const link = this.#options.links.get(settings.name)
    if (link === undefined || !link.up) return false
    try {
      for (const each of settings.sysctls) this.#write(each)
      if (settings.linkLocal !== undefined) {
        const present = (await addresses(link.index)).find(
          (each) => each.index === link.index && each.address === settings.linkLocal,
        )
        await this.#assign(link.index, settings.linkLocal, present)
      }
    } catch (error) {
      // An interface that went away in the middle is no failure: its pod is gone, or it comes again with an event.
      const now = await this.#options.socket.link(settings.name)
      if (now?.index === link.index) throw error
      return false
    }
    return true
  }

  #write({ name, value, optional }: Sysctl): void {
    const { namespace, sysctlRoot } = this.#options
    const inside = namespace === undefined ? {} : { namespace }
    if (optional === true && readSysctl(sysctlRoot, name, inside) === undefined) return
    writeSysctl(sysctlRoot, name, value, inside)
  }

  /** The kernel makes this address by itself from the MAC, but checks for duplicates first, and a pod must not wait for that. */
  async #assign(index: number, address: string, present: InterfaceAddress | undefined): Promise<void> {
    if (present !== undefined && !present.tentative && !present.dadFailed) return
    const { socket } = this.#options
    if (present !== undefined) await socket.deleteAddress(index, address)
    await socket.addAddress(index, address, { noDad: true, scope: 'link' })
  }

  #put<T>(map: Map<string, T>, key: string, value: T | undefined): void {
    if (value === undefined) {
      map.delete(key)
      this.#dirty.delete(key)
    } else if (!isDeepStrictEqual(map.get(key), value)) {
      map.set(key, value)
      this.#dirty.add(key)
    }
  }
}
