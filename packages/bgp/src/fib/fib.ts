import type { Logger } from '@manx/api'
import {
  type Link,
  type NetlinkEvent,
  type NetlinkWatch,
  openRouteSocket,
  type Route,
  type RouteFailure,
  type RouteSocket,
  watchNetlink,
} from '@manx/netlink'
import type { DesiredKernel } from '../plan/desired.ts'
import type { ReadPath } from '../speaker/path-message.ts'
import { type FibChanges, FibState } from './fib-state.ts'
import { mainTable } from './kernel-route.ts'

export interface FibOptions {
  readonly logger: Logger
  /** Path of the network namespace; absent: the caller's own. */
  readonly namespace?: string
}

/** News of one burst are written together; this is how long a burst may pause. */
const burstPause = 5
const retryAfter = 5000

/** Keeps the kernel's main table in step with the speaker's table and the node's own blocks. */
export class Fib implements AsyncDisposable {
  readonly #state = new FibState()
  readonly #logger: Logger
  readonly #socket: RouteSocket
  readonly #watch: NetlinkWatch
  readonly #running = new Map<number, boolean>()
  readonly #failures = new Map<string, RouteFailure>()
  #loading: boolean = false
  #timer: NodeJS.Timeout | undefined
  #retry: NodeJS.Timeout | undefined
  #work: Promise<void> = Promise.resolve()
  #closed: boolean = false
  #ready: boolean = false

  /** Reads the kernel, then returns. What it finds of an earlier run stays until `endRetention`. */
  static async open(options: FibOptions): Promise<Fib> {
    const fib = new Fib(options)
    try {
      await fib.#load()
    } catch (error) {
      await fib.close()
      throw error
    }
    return fib
  }

  private constructor({ logger, namespace }: FibOptions) {
    const where = namespace === undefined ? {} : { namespace }
    this.#logger = logger
    this.#socket = openRouteSocket(where)
    this.#watch = watchNetlink({ ...where, routes: true, links: true }, (events) => this.#onEvents(events))
  }

  /** Routes that cannot be in the kernel, with the reason in words. */
  *problems(): Iterable<{ readonly prefix: string; readonly message: string }> {
    for (const { prefix, reason, nextHops } of this.#state.notInstalled) {
      const via = nextHops.join(', ')
      const message = reason === 'local' ? 'the node has a route of its own for it' : `no route to its next hop ${via}`
      yield { prefix, message }
    }
    for (const [prefix, { error }] of this.#failures) yield { prefix, message: error.message }
  }

  get counts(): { readonly learned: number; readonly installed: number } {
    return { learned: this.#state.learned, installed: this.#state.installed }
  }

  /** Nothing is written before the first call: without own blocks a sweep could not be right. */
  setKernelPlan(plan: DesiredKernel): void {
    this.#ready = true
    this.#state.setKernelPlan(plan)
    this.#schedule()
  }

  beginTable(): void {
    this.#state.beginTable()
  }

  setPaths(paths: Iterable<ReadPath>): void {
    this.#state.setPaths(paths)
    this.#schedule()
  }

  endRetention(): void {
    this.#state.endRetention()
    this.#schedule()
  }

  /** Resolves when all that was told so far is in the kernel. */
  async settled(): Promise<void> {
    this.#flushSoon(0)
    while (this.#timer !== undefined) await new Promise((resolve) => setTimeout(resolve, 1))
    await this.#work
  }

  /** Leaves all routes in the kernel: forwarding goes on without us. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    clearTimeout(this.#retry)
    this.#timer = undefined
    this.#watch.close()
    await this.#work.catch(() => undefined)
    this.#socket.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #onEvents(events: readonly NetlinkEvent[]): void {
    let reload = false
    for (const event of events) {
      if (event.type === 'overrun') reload = true
      else if (event.type === 'link') reload = this.#onLink(event.change, event.link) || reload
      else if (event.type === 'route' && (event.route.table ?? mainTable) === mainTable) {
        this.#state.onRoute(event.change, event.route)
      }
    }
    if (reload) this.#reload()
    else if (this.#state.hasChanges) this.#schedule()
  }

  /** IPv4 routes of a link that goes down vanish without an event of their own, and next hops turn dead. */
  #onLink(change: 'set' | 'removed', { index, running }: Link): boolean {
    const now = change === 'set' && running
    const before = this.#running.get(index) ?? false
    if (change === 'set') this.#running.set(index, now)
    else this.#running.delete(index)
    return before !== now && this.#state.isConcernedBy(index, now)
  }

  #reload(): void {
    if (this.#loading) return
    this.#loading = true
    this.#work = this.#work.then(async () => {
      this.#loading = false
      if (this.#closed) return
      await this.#load().catch((error) => {
        this.#logger.error('Kernel routes cannot be read', { error: String(error) })
        setTimeout(() => this.#reload(), retryAfter).unref()
      })
    })
  }

  async #load(): Promise<void> {
    const [links, v4, v6] = await Promise.all([
      this.#socket.links(),
      this.#socket.routes({ family: 4, table: mainTable }),
      this.#socket.routes({ family: 6, table: mainTable }),
    ])
    this.#running.clear()
    for (const { index, running } of links) this.#running.set(index, running)
    this.#state.loadKernel([...v4, ...v6])
    this.#schedule()
  }

  #schedule(): void {
    this.#flushSoon(burstPause)
  }

  #flushSoon(pause: number): void {
    if (this.#timer !== undefined || this.#closed || !this.#ready) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#work = this.#work.then(() => this.#flush())
    }, pause)
  }

  async #flush(): Promise<void> {
    if (this.#closed) return
    const changes = this.#state.takeChanges()
    for (const prefix of changes.unchanged) this.#failures.delete(prefix)
    if (changes.replace.length + changes.delete.length === 0) return
    try {
      // New before old, so that no moment is without a route.
      const failures = [
        ...(await this.#socket.applyRoutes({ replace: changes.replace })),
        ...(await this.#socket.applyRoutes({ delete: changes.delete })),
      ]
      this.#finish(changes, failures)
    } catch (error) {
      this.#logger.error('Kernel routes cannot be written', { error: String(error) })
      this.#retryLater([...changes.replace, ...changes.delete])
    }
  }

  #finish(changes: FibChanges, failures: readonly RouteFailure[]): void {
    const failed = new Set(failures.map(({ route }) => route))
    const done = (routes: readonly Route[]) => routes.filter((route) => !failed.has(route))
    const written = { replace: done(changes.replace), delete: done(changes.delete) }
    this.#state.applied(written)
    for (const { destination } of [...written.replace, ...written.delete]) this.#failures.delete(destination)
    for (const failure of failures) {
      const { destination } = failure.route
      if (this.#failures.get(destination)?.error.message !== failure.error.message) {
        this.#logger.warn('A route cannot be written', { route: destination, error: failure.error.message })
      }
      this.#failures.set(destination, failure)
    }
    if (failures.length > 0) this.#retryLater(failures.map(({ route }) => route))
    const { replace, delete: removed } = written
    if (replace.length + removed.length > 0) {
      this.#logger.info('Kernel routes changed', { written: replace.length, deleted: removed.length, ...this.counts })
    }
  }

  #retryLater(routes: readonly Route[]): void {
    this.#state.retry(routes.map(({ destination }) => destination))
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.#schedule(), retryAfter)
  }
}
