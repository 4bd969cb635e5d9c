import { createBackoff, type KubernetesClient, type Logger, messageOf, nodes, pause, type Store } from '@manx/api'
import type { AgentConfig } from '../config/parse-config.ts'
import { findAddresses, type NodeAddresses, sameAddresses } from '../identity/find-identity.ts'
import { SettledAddresses } from '../identity/settled-addresses.ts'
import type { NodeFacts } from '../inputs/facts.ts'
import { createDefaults } from './create-defaults.ts'
import { annotateNode, identityAnnotations, nodesWithSameAddress } from './node-object.ts'

export interface BootstrapOptions {
  readonly client: KubernetesClient
  readonly config: AgentConfig
  readonly logger: Logger
  readonly version: string
  readonly nodes: { readonly store: Store<NodeFacts>; readonly synced: Promise<void> }
}

/** Milliseconds until an address that was found once is looked for again. */
const secondLook = 5000

/** Makes the node known to the cluster and the cluster complete, and keeps the node's addresses up to date. */
export class Bootstrap {
  readonly #options: BootstrapOptions
  readonly #settled = new SettledAddresses()
  #problem: string | undefined = 'the node is not registered yet'
  #addresses: NodeAddresses = {}
  #defaultsDone: boolean = false

  constructor(options: BootstrapOptions) {
    this.#options = options
  }

  /** Why it is not done; undefined when it is. */
  get problem(): string | undefined {
    return this.#problem
  }

  get addresses(): NodeAddresses {
    return this.#addresses
  }

  /** Tries until it works, then looks again at each interval, until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { logger, config } = this.#options
    const backoff = createBackoff({ first: 500, most: 30_000 })
    let done = false
    let logged: string | undefined
    while (!signal.aborted) {
      try {
        await this.#once(signal)
        this.#problem = undefined
        done = true
        logged = undefined
        backoff.reset()
        if (config.detectionInterval === 0) return
        const interval = this.#settled.isDoubtful ? secondLook : config.detectionInterval
        await pause(Math.min(interval, config.detectionInterval), signal)
      } catch (error) {
        if (signal.aborted) return
        const message = messageOf(error)
        // A node that was registered stays so when a later look fails.
        this.#problem = done ? undefined : message
        const what = done ? 'the look after the node' : 'bootstrap'
        if (message !== logged) logger.warn(`${what} failed and is tried again`, { error: message })
        logged = message
        await pause(backoff.next(), signal)
      }
    }
  }

  async #once(signal: AbortSignal): Promise<void> {
    const { client, config, logger, version } = this.#options
    const node = await client.get(nodes, config.node, { signal })
    const addresses = this.#settled.look(await findAddresses(config.addresses, node))
    await this.#refuseDuplicates(addresses, signal)
    const changed = await annotateNode(client, node, identityAnnotations(addresses, config.asNumber), signal)
    if (changed || !sameAddresses(addresses, this.#addresses)) {
      const from = ([4, 6] as const).flatMap((family) => addresses[family]?.from ?? [])
      logger.info('the node has its addresses', { ...identityAnnotations(addresses, undefined), from })
    }
    this.#addresses = addresses
    if (this.#defaultsDone) return
    await createDefaults({ client, logger, config, addresses, version, signal })
    this.#defaultsDone = true
  }

  async #refuseDuplicates(addresses: NodeAddresses, signal: AbortSignal): Promise<void> {
    const { config, nodes: known } = this.#options
    if (!config.checkDuplicateAddress) return
    await Promise.race([known.synced, pause(config.datastoreWait, signal)])
    const others = nodesWithSameAddress(addresses, config.node, known.store.list())
    if (others.length === 0) return
    throw new Error(
      `Node ${others.join(', ')} has an address of this node: see annotations projectcalico.org/IPv4Address and IPv6Address, or set IP_AUTODETECTION_METHOD`,
    )
  }
}
