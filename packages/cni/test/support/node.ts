import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Family, type Logger, silentLogger, type WorkloadEndpoint } from '@manx/api'
import type { AddressRequest, CniPorts, NodeSettings, PodFacts, Readiness } from '../../src/ports.ts'

/** A node's parts in memory: pods that are set by the test, an allocator that counts up, endpoints in a map. */
export class TestNode implements CniPorts {
  readonly folder = mkdtempSync(join(tmpdir(), 'manx-cni-'))
  readonly podFacts = new Map<string, PodFacts>()
  readonly assigned = new Map<string, readonly string[]>()
  readonly programmed = new Map<string, WorkloadEndpoint>()
  readonly annotations = new Map<string, readonly string[]>()
  readonly requests: AddressRequest[] = []
  nodeSettings: NodeSettings = { node: 'node-1', mtu: 1400, families: [4, 6], onRequest: [4, 6] }
  state: Readiness = { ready: true }
  logger: Logger = silentLogger
  /** What the next call of the part fails with. */
  readonly failNext: { assign?: Error; endpoint?: Error; release?: Error; annotate?: Error } = {}
  /** Awaited before an endpoint is programmed. */
  beforeEndpoint: () => Promise<void> = () => Promise.resolve()
  /** Awaited before an endpoint is removed. */
  beforeRemoval: () => Promise<void> = () => Promise.resolve()
  /** Milliseconds by which the node's clock is ahead. */
  ahead = 0
  readonly now = (): number => Date.now() + this.ahead
  #next = 1

  get socketPath(): string {
    return join(this.folder, 'cni', 'cni.sock')
  }

  get journalFolder(): string {
    return join(this.folder, 'attachments')
  }

  addPod(name: string, facts: Partial<PodFacts> = {}): void {
    const none = { annotations: {}, namespaceAnnotations: {}, namespaceLabels: {} }
    this.podFacts.set(name, { uid: `uid-of-${name}`, ...none, ...facts })
  }

  readonly pods: CniPorts['pods'] = {
    find: ({ namespace, name }) => Promise.resolve(this.podFacts.get(`${namespace}/${name}`)),
    annotate: (endpoint, addresses) => {
      this.#failIf('annotate')
      this.annotations.set(`${endpoint.namespace}/${endpoint.pod}`, addresses)
      return Promise.resolve()
    },
  }

  readonly addresses: CniPorts['addresses'] = {
    assign: async (request) => {
      this.#failIf('assign')
      this.requests.push(request)
      const ordinal = this.#next++
      const text = (family: Family) => (family === 4 ? `10.77.0.${ordinal}` : `fd77::${ordinal.toString(16)}`)
      const addresses = request.addresses.length > 0 ? request.addresses : request.families.map(text)
      this.assigned.set(request.handle, addresses)
      return addresses
    },
    releaseByHandle: async (handle) => {
      this.#failIf('release')
      this.assigned.delete(handle)
    },
  }

  readonly endpoints: CniPorts['endpoints'] = {
    add: async (endpoint) => {
      await this.beforeEndpoint()
      this.#failIf('endpoint')
      this.programmed.set(endpoint.interfaceName, endpoint)
    },
    remove: async (interfaceName, containerId) => {
      await this.beforeRemoval()
      if (this.programmed.get(interfaceName)?.containerId === containerId) this.programmed.delete(interfaceName)
    },
    has: (interfaceName) => this.programmed.has(interfaceName),
  }

  settings = (): NodeSettings => this.nodeSettings
  readiness = (): Readiness => this.state

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  #failIf(part: keyof TestNode['failNext']): void {
    const error = this.failNext[part]
    if (error === undefined) return
    delete this.failNext[part]
    throw error
  }
}
