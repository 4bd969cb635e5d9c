import { type IPPool, type Labels, type Logger, messageOf, pause, type Store } from '@manx/api'
import type { NodeSettings } from '@manx/cni'
import type { Felix } from '@manx/felix'
import { usualLimit, type Watchdog } from '@manx/process'
import { podFamilies } from './usable-pools.ts'

/** What ADD needs to know of the node; the MTU follows the node's interfaces. */
export class PodSettings {
  readonly #felix: Pick<Felix, 'detectMtu' | 'settings'>
  readonly #pools: Store<IPPool>
  readonly #nodes: Store<{ readonly metadata: { readonly labels?: Labels } }>
  readonly #node: string
  readonly #fixedMtu: number | undefined
  readonly #watchdog: Pick<Watchdog, 'guard'>
  #mtu: number | undefined

  constructor(options: {
    readonly node: string
    readonly pools: Store<IPPool>
    readonly nodes: Store<{ readonly metadata: { readonly labels?: Labels } }>
    readonly felix: Pick<Felix, 'detectMtu' | 'settings'>
    readonly mtu: number | undefined
    readonly watchdog: Pick<Watchdog, 'guard'>
  }) {
    this.#felix = options.felix
    this.#pools = options.pools
    this.#nodes = options.nodes
    this.#node = options.node
    this.#fixedMtu = options.mtu
    this.#watchdog = options.watchdog
  }

  /** False until the MTU is known. */
  get known(): boolean {
    return this.#fixedMtu !== undefined || this.#mtu !== undefined
  }

  read = (namespaceLabels?: Labels): NodeSettings => ({
    node: this.#node,
    mtu: this.#fixedMtu ?? this.#mtu ?? 1460,
    ...podFamilies(this.#pools.list(), {
      nodeLabels: this.#nodes.get(this.#node)?.metadata.labels ?? {},
      namespaceLabels,
      ipv6: this.#felix.settings.ipv6Support,
    }),
  })

  /** Looks at the interfaces, now and once a minute. */
  async run(logger: Logger, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        // The kernel's answer also shows that the sockets are served.
        const mtu = await this.#watchdog.guard('felix', usualLimit, () => this.#felix.detectMtu())
        if (mtu !== this.#mtu && this.#fixedMtu === undefined) logger.info('MTU of new pods', { mtu })
        this.#mtu = mtu
      } catch (error) {
        logger.warn('cannot find the MTU of the node', { error: messageOf(error) })
      }
      await pause(this.known ? 60_000 : 1000, signal)
    }
  }
}
