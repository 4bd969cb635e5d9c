import type { Logger } from '@manx/api'
import {
  type ConntrackSocket,
  type NetlinkEvent,
  type NetlinkWatch,
  type NftSocket,
  type NftWatch,
  openConntrackSocket,
  openNftSocket,
  openRouteSocket,
  type RouteSocket,
  watchNetlink,
  watchNft,
} from '@manx/netlink'
import type { Calculator } from '../calc/calculator.ts'
import { names } from '../calc/names.ts'
import type { Settings } from '../calc/parameters.ts'
import { FelixError } from '../felix-error.ts'
import { ApplyLoop, type DriverState } from './apply-loop.ts'
import { detectMtu } from './detect-mtu.ts'
import type { ApplyOptions, Driver } from './driver.ts'
import { findTightened } from './flows/find-tightened.ts'
import { type CutStatistics, FlowCutter } from './flows/flow-cutter.ts'
import { FlowDriver, flowKey } from './flows/flow-driver.ts'
import { PolicyGraph } from './flows/policy-graph.ts'
import { Histogram, type HistogramData } from './histogram.ts'
import { InterfaceDriver } from './interfaces/interface-driver.ts'
import { LinkTable } from './interfaces/link-table.ts'
import { NftDriver, type NftStatistics } from './nft/nft-driver.ts'
import { memberParts } from './nft/set-members.ts'
import type { Plan, TableState } from './nft/table-state.ts'
import { RefreshTimer } from './refresh-timer.ts'
import { RouteDriver, type RouteStatistics } from './routes/route-driver.ts'
import { Waiters } from './waiters.ts'

export interface DataplaneOptions {
  readonly calculator: Calculator
  readonly logger: Logger
  readonly sysctlRoot: string
  readonly namespace?: string
}

export interface DataplaneStatistics {
  readonly rounds: number
  /** Seconds since the round began that runs now; 0 when none does. One that does not end hangs in the kernel. */
  readonly roundSeconds: number
  readonly nftables: NftStatistics
  readonly routes: RouteStatistics
  /** `ended`: flows of addresses that lost their endpoint. */
  readonly flows: CutStatistics & { readonly ended: number }
  /** From the first input of a round to the end of the transaction that brought it to the kernel. */
  readonly eventToKernelSeconds: HistogramData
}

type LinkEvent = Extract<NetlinkEvent, { type: 'link' }>

/** How long somebody else's changes are gathered before the kernel is read again; `nft -f` and `ip -batch` come in bursts. */
const settleDelay = 20

/** The kernel side: sockets, watches, timers and drivers, and the loop that brings them what the calculator found. */
export class Dataplane {
  readonly #options: DataplaneOptions
  readonly #nftSocket: NftSocket
  readonly #routeSocket: RouteSocket
  readonly #conntrackSocket: ConntrackSocket
  /** Its readings take long: those who wait for the other one shall not wait for them. */
  readonly #cutterSocket: ConntrackSocket
  readonly #links: LinkTable
  readonly #nft: NftDriver
  readonly #routes: RouteDriver
  readonly #interfaces: InterfaceDriver
  readonly #flows: FlowDriver
  readonly #cutter: FlowCutter
  readonly #graph = new PolicyGraph()
  /** Whether what changed while the agent was away has been held against live flows. */
  #flowsJudged: boolean = false
  #sweeps: boolean = false
  /** When the first input came that no round has taken yet. */
  #inputSince: number | undefined
  /** The same of what rounds took and did not bring to the kernel yet. */
  #roundSince: number | undefined
  readonly #eventToKernel = new Histogram()
  readonly #drivers: readonly Driver[]
  readonly #loop: ApplyLoop
  readonly #waiters = new Waiters()
  readonly #timers: readonly RefreshTimer[]
  readonly #watches: (NftWatch | NetlinkWatch)[] = []
  /** Addresses that lost their endpoint since the last round began. */
  #freed: string[] = []
  #settleTimer: NodeJS.Timeout | undefined
  /** For each reading of the interfaces that runs: the events since it began. */
  readonly #meanwhile = new Set<LinkEvent[]>()
  #stopped: boolean = false
  #round = 0
  #settings: Settings
  /** Called at the end of each round. */
  onRound: () => void = () => undefined

  constructor(options: DataplaneOptions) {
    const { calculator, logger, namespace, sysctlRoot } = options
    const inside = namespace === undefined ? {} : { namespace }
    this.#options = options
    this.#settings = calculator.settings
    this.#nftSocket = openNftSocket(inside)
    this.#routeSocket = openRouteSocket(inside)
    this.#conntrackSocket = openConntrackSocket(inside)
    this.#cutterSocket = openConntrackSocket(inside)
    const socket = this.#routeSocket
    const onForeignChange = () => this.#settleThenRequest()
    const links = new LinkTable((name) => calculator.settings.interfacePrefix.some((prefix) => name.startsWith(prefix)))
    this.#links = links
    this.#nft = new NftDriver({
      socket: this.#nftSocket,
      logger,
      onForeignChange,
      onWritten: (plan, state, rebuilt) => this.#afterTransaction(plan, state, rebuilt),
      onWoken: () => this.#cutter.judgeInterfaces('all'),
    })
    this.#interfaces = new InterfaceDriver({ socket, links, sysctlRoot, ...inside })
    const ownership = () => {
      const { removeExternalRoutes, deviceRouteProtocol, ipv6Support } = calculator.settings
      const families: readonly (4 | 6)[] = ipv6Support ? [4, 6] : [4]
      return { removeExternal: removeExternalRoutes, protocol: deviceRouteProtocol, families }
    }
    this.#routes = new RouteDriver({ socket, links, logger, ownership, onForeignChange })
    this.#flows = new FlowDriver(this.#conntrackSocket)
    this.#cutter = new FlowCutter({
      socket: this.#cutterSocket,
      logger,
      policies: () => calculator.policies,
      addressesOf: (interfaces) => this.#addressesOf(interfaces),
      host: async () => ({
        addresses: new Set((await socket.addresses()).map(({ address }) => address.split('/')[0] ?? '')),
        closed: calculator.settings.defaultEndpointToHostAction === 'Drop',
      }),
      // Before all inputs are known, nothing can be said to be forbidden; then all is looked at.
      mark: () => (this.#sweeps && calculator.settings.cutFlows ? calculator.settings.cutFlowsMark : undefined),
    })
    this.#drivers = [this.#nft, this.#interfaces, this.#routes, this.#flows]
    this.#loop = new ApplyLoop({
      drivers: this.#drivers,
      logger,
      before: () => this.#beforeRound(),
      after: () => this.#afterRound(),
    })
    this.#timers = [
      this.#refresh(this.#nft, () => calculator.settings.nftablesRefreshInterval),
      this.#refresh(this.#routes, () => calculator.settings.routeRefreshInterval),
      this.#refresh(this.#interfaces, () => calculator.settings.interfaceRefreshInterval),
    ]
  }

  /** Begins to follow the kernel. Watches come before the first reading, so that nothing is missed between them. */
  async start(): Promise<void> {
    const { namespace } = this.#options
    const inside = namespace === undefined ? {} : { namespace }
    this.#watches.push(watchNft(inside, (event) => this.#nft.handleEvent(event)))
    this.#watches.push(watchNetlink({ ...inside, links: true, routes: true }, (events) => this.#handleEvents(events)))
    await this.#readLinks()
    for (const timer of this.#timers) timer.start()
  }

  enable(options: ApplyOptions): void {
    this.#sweeps ||= options.sweep
    this.#loop.enable(options)
  }

  /** To be called after each input. */
  request(): void {
    this.#inputSince ??= performance.now()
    this.#loop.request()
  }

  /** Resolves when everything that the owner wants is in the kernel, and its addresses have no flows of those before it. */
  wait(owner: string, addresses: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    return this.#waiters.wait(owner, this.#round + 1, () => this.#inPlace(owner, addresses), signal)
  }

  /** True when the kernel holds all that the owner wanted at the last round. */
  holds(owner: string, addresses: readonly string[]): boolean {
    return this.#loop.enabled && !this.#stopped && this.#inPlace(owner, addresses) === true
  }

  /**
   * Resolves when the kernel holds nothing under these keys, or holds it for somebody else, and the flows of the addresses
   * (see `endFlows`) are ended.
   */
  waitGone(owner: string, keys: readonly string[], addresses: readonly string[]): Promise<void> {
    // The sweep will find what there is when all inputs are known.
    if (!this.#loop.enabled) return Promise.resolve()
    const { calculator } = this.#options
    const check = () =>
      keys.every((key) => calculator.has(key) || this.#settled(key)) && addresses.every((each) => this.#clear(each))
    return this.#waiters.wait(`removal of ${owner}`, this.#round + 1, check)
  }

  /** Has the flows of addresses that lost their endpoint ended by the next round, after the endpoint itself. */
  endFlows(addresses: readonly string[]): void {
    this.#freed.push(...addresses)
  }

  /** Ends the waiting for an owner, or all waiting. */
  giveUp(owner: string | undefined, reason: string): void {
    const code = owner === undefined ? 'Aborted' : 'Replaced'
    this.#waiters.reject(new FelixError(code, reason), owner)
  }

  async detectMtu(): Promise<number> {
    return detectMtu(await this.#routeSocket.links(), this.#options.calculator.settings.mtuIfacePattern)
  }

  health(): readonly DriverState[] {
    return this.#loop.states()
  }

  statistics(): DataplaneStatistics {
    return {
      rounds: this.#round,
      roundSeconds: this.#loop.roundSeconds,
      nftables: this.#nft.statistics,
      routes: this.#routes.statistics,
      flows: { ...this.#cutter.statistics, ended: this.#flows.ended },
      eventToKernelSeconds: this.#eventToKernel.data(),
    }
  }

  /** Leaves the kernel as it is. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const timer of this.#timers) timer.stop()
    for (const watch of this.#watches) watch.close()
    clearTimeout(this.#settleTimer)
    await this.#loop.stop()
    await this.#cutter.stop()
    this.#nftSocket.close()
    this.#cutterSocket.close()
    this.#conntrackSocket.close()
    this.#routeSocket.close()
  }

  #beforeRound(): void {
    this.#round++
    this.#roundSince ??= this.#inputSince
    this.#inputSince = undefined
    if (this.#settings !== this.#options.calculator.settings) this.#settingsChanged()
    for (const delta of this.#options.calculator.flush()) {
      if (delta.kind === 'route') this.#routes.accept(delta)
      else if (delta.kind === 'interface' || delta.kind === 'sysctl') this.#interfaces.accept(delta)
      else {
        this.#nft.accept(delta)
        this.#graph.accept(delta)
      }
    }
    this.#flows.end(this.#freed)
    this.#freed = []
  }

  #afterRound(): void {
    this.#waiters.settle(this.#round)
    this.onRound()
    if (!this.#nft.written) return
    this.#roundSince = undefined
    if (this.#flowsJudged || !this.#sweeps) return
    this.#flowsJudged = true
    this.#cutter.judgeInterfaces('all')
  }

  #afterTransaction(plan: Plan, state: TableState, rebuilt: boolean): void {
    if (this.#roundSince !== undefined) this.#eventToKernel.observeSince(this.#roundSince)
    if (rebuilt) {
      this.#cutter.judgeInterfaces('all')
      return
    }
    const { interfaces, addresses } = findTightened(plan, state, this.#graph)
    this.#cutter.judgeInterfaces(interfaces)
    this.#cutter.judgeAddresses(addresses)
    this.#cutter.judgeMarked()
  }

  /** What pods may send from: the source check has it by interface. */
  *#addressesOf(interfaces: ReadonlySet<string> | 'all'): Generator<string> {
    if (interfaces !== 'all' && interfaces.size === 0) return
    for (const family of [4, 6] as const) {
      for (const member of this.#nft.members(names.podSources(family))) {
        const [name = '', address = ''] = memberParts(member)
        if (interfaces === 'all' || interfaces.has(name)) yield address
      }
    }
  }

  /** Which interfaces and which routes are looked at may be different now. */
  #settingsChanged(): void {
    const before = this.#settings
    this.#settings = this.#options.calculator.settings
    for (const timer of this.#timers) timer.update()
    // Turned on, or with another bit, it knows nothing of what was forbidden before; and no policy says what goes to the node.
    const judgedBy = ['cutFlows', 'cutFlowsMark', 'defaultEndpointToHostAction'] as const
    if (judgedBy.some((name) => before[name] !== this.#settings[name])) this.#flowsJudged = false
    this.#routes.invalidate()
    this.#readLinks().catch((error) => this.#linksFailed(error))
  }

  #inPlace(owner: string, addresses: readonly string[]): boolean | FelixError {
    const { calculator } = this.#options
    const conflict = calculator.conflictOf(owner)
    if (conflict !== undefined) {
      return new FelixError('AddressInUse', `${owner}: ${conflict.key} is held by ${conflict.winner}`)
    }
    return calculator.keysOf(owner).every((key) => this.#settled(key)) && addresses.every((each) => this.#clear(each))
  }

  #clear(address: string): boolean {
    return this.#flows.settled(flowKey(address))
  }

  #settled(key: string): boolean {
    return this.#drivers.every((driver) => driver.settled(key))
  }

  #refresh(driver: Driver, interval: () => number): RefreshTimer {
    return new RefreshTimer(interval, () => {
      driver.invalidate()
      this.#loop.request()
    })
  }

  #handleEvents(events: readonly NetlinkEvent[]): void {
    for (const event of events) {
      if (event.type === 'link') {
        for (const list of this.#meanwhile) list.push(event)
        this.#touch(this.#links.follow(event))
      } else if (event.type === 'route') this.#routes.handleEvent(event)
      else if (event.type === 'overrun') this.#readLinks().catch((error) => this.#linksFailed(error))
    }
  }

  async #readLinks(): Promise<void> {
    const meanwhile: LinkEvent[] = []
    this.#meanwhile.add(meanwhile)
    try {
      this.#touch(this.#links.replace(await this.#routeSocket.links()))
      // These may be newer than the answer. If they are older, another one follows: the last one of each interface is right.
      for (const event of meanwhile) this.#touch(this.#links.follow(event))
    } finally {
      this.#meanwhile.delete(meanwhile)
    }
    this.#routes.invalidate()
    this.#loop.request()
  }

  #linksFailed(error: unknown): void {
    if (this.#stopped) return
    this.#options.logger.error('interfaces could not be read', { error })
    setTimeout(() => this.#readLinks().catch((again) => this.#linksFailed(again)), 1000).unref()
  }

  #touch(names: readonly string[]): void {
    for (const name of names) {
      this.#interfaces.touch(name)
      this.#routes.touch(name)
    }
    if (names.length > 0) this.#loop.request()
  }

  #settleThenRequest(): void {
    this.#settleTimer ??= setTimeout(() => {
      this.#settleTimer = undefined
      this.#loop.request()
    }, settleDelay)
  }
}
