import { ApiError, type KubernetesClient, type Resource } from '@manx/api'

/** A client through which one kind cannot be followed for a while; all else is answered by the real one. */
export interface BreakableClient {
  readonly client: KubernetesClient
  /** Ends its watches, and refuses lists and watches from now on. */
  break(): void
  mend(): void
}

export function breakableClient(client: KubernetesClient, resource: Resource<unknown>): BreakableClient {
  let breaking: AbortController | undefined = new AbortController()
  const refusal = () => new ApiError('InternalError', `cannot read ${resource.plural} for now`, { status: 500 })
  async function* whileWhole<E>(asked: Resource<unknown>, follow: (signal: AbortSignal) => AsyncIterable<E>) {
    if (asked !== resource) return yield* follow(new AbortController().signal)
    if (breaking === undefined) throw refusal()
    const { signal } = breaking
    try {
      yield* follow(signal)
    } catch (error) {
      throw signal.aborted ? refusal() : error
    }
  }
  const broken: KubernetesClient = {
    server: client.server,
    get: (...args) => client.get(...args),
    list: (...args) => client.list(...args),
    create: (...args) => client.create(...args),
    update: (...args) => client.update(...args),
    updateStatus: (...args) => client.updateStatus(...args),
    apply: (...args) => client.apply(...args),
    patch: (...args) => client.patch(...args),
    patchStatus: (...args) => client.patchStatus(...args),
    delete: (...args) => client.delete(...args),
    read: (...args) => client.read(...args),
    close: () => client.close(),
    listPages: (asked, options = {}) =>
      whileWhole(asked, (signal) => client.listPages(asked, { ...options, signal: either(signal, options.signal) })),
    watch: (asked, options) =>
      whileWhole(asked, (signal) => client.watch(asked, { ...options, signal: either(signal, options.signal) })),
  }
  return {
    client: broken,
    break: () => {
      breaking?.abort()
      breaking = undefined
    },
    mend: () => {
      breaking ??= new AbortController()
    },
  }
}

function either(one: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  return other === undefined ? one : AbortSignal.any([one, other])
}
