import { createInformer, type Informer, type KubernetesClient, type Logger, type Secret, secrets } from '@manx/api'

export interface PasswordSourceOptions {
  readonly client: KubernetesClient
  /** The namespace that Manx runs in. */
  readonly namespace: string
  readonly logger: Logger
  readonly onChange: () => void
}

interface Watch {
  readonly stop: AbortController
  readonly informer: Informer<Readonly<Record<string, string>>>
}

/** The values of the Secrets that sessions name: each is watched by name, so no right to list others is needed. */
export class PasswordSource {
  readonly #options: PasswordSourceOptions
  readonly #watches = new Map<string, Watch>()

  constructor(options: PasswordSourceOptions) {
    this.#options = options
  }

  /** By `secret/key`. */
  get passwords(): ReadonlyMap<string, string> {
    const passwords = new Map<string, string>()
    for (const [name, { informer }] of this.#watches) {
      for (const data of informer.store.list()) {
        for (const [key, value] of Object.entries(data)) passwords.set(`${name}/${key}`, value)
      }
    }
    return passwords
  }

  /** Wanted Secrets that the API server has not answered for yet: they may or may not be there. */
  get unread(): ReadonlySet<string> {
    return new Set([...this.#watches].flatMap(([name, { informer }]) => (informer.hasSynced ? [] : [name])))
  }

  /** Watches these and no others. */
  want(names: ReadonlySet<string>): void {
    for (const [name, { stop }] of this.#watches) {
      if (names.has(name)) continue
      stop.abort()
      this.#watches.delete(name)
    }
    for (const name of names) if (!this.#watches.has(name)) this.#watch(name)
  }

  stop(): void {
    this.want(new Set())
  }

  #watch(name: string): void {
    const { client, namespace, logger, onChange } = this.#options
    const stop = new AbortController()
    const fieldSelector = `metadata.name=${name}`
    const informer = createInformer(client, secrets, { namespace, fieldSelector, logger, project: readSecret })
    informer.store.subscribe(onChange)
    void informer.run(stop.signal)
    // That a Secret is not there is news without a change of the store.
    void informer.synced.then(onChange)
    this.#watches.set(name, { stop, informer })
  }
}

function readSecret({ data = {} }: Secret): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
}
