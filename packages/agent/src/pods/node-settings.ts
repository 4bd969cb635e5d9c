import { type Family, type IPPool, type Logger, parsePrefix, pause, type Store } from '@manx/api'
import type { NodeSettings } from '@manx/cni'
import type { Felix } from '@manx/felix'
import { messageOf } from '../log.ts'

/** Families that pods get an address of: those of the enabled pools, as far as the node can do them. */
export function podFamilies(pools: Store<IPPool>, ipv6: boolean): readonly Family[] {
  const families = new Set<Family>()
  for (const { spec } of pools.list()) {
    const family = parsePrefix(spec.cidr)?.family
    const forPods = spec.disabled !== true && (spec.allowedUses?.includes('Workload') ?? true)
    // A pool for those who ask for it by name makes nobody else dual stack.
    if (family !== undefined && forPods && spec.assignmentMode !== 'Manual') families.add(family)
  }
  return ([4, 6] as const).filter((family) => families.has(family) && (family === 4 || ipv6))
}

/** What ADD needs to know of the node; the MTU follows the node's interfaces. */
export class PodSettings {
  readonly #felix: Pick<Felix, 'detectMtu' | 'settings'>
  readonly #pools: Store<IPPool>
  readonly #node: string
  readonly #fixedMtu: number | undefined
  #mtu: number | undefined

  constructor(options: {
    readonly node: string
    readonly pools: Store<IPPool>
    readonly felix: Pick<Felix, 'detectMtu' | 'settings'>
    readonly mtu: number | undefined
  }) {
    this.#felix = options.felix
    this.#pools = options.pools
    this.#node = options.node
    this.#fixedMtu = options.mtu
  }

  /** False until the MTU is known. */
  get known(): boolean {
    return this.#fixedMtu !== undefined || this.#mtu !== undefined
  }

  read = (): NodeSettings => ({
    node: this.#node,
    mtu: this.#fixedMtu ?? this.#mtu ?? 1460,
    families: podFamilies(this.#pools, this.#felix.settings.ipv6Support),
  })

  /** Looks at the interfaces, now and once a minute. */
  async run(logger: Logger, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const mtu = await this.#felix.detectMtu()
        if (mtu !== this.#mtu && this.#fixedMtu === undefined) logger.info('MTU of new pods', { mtu })
        this.#mtu = mtu
      } catch (error) {
        logger.warn('cannot find the MTU of the node', { error: messageOf(error) })
      }
      await pause(this.known ? 60_000 : 1000, signal)
    }
  }
}
