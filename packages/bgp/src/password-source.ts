import { createInformer, type KubernetesClient, type Logger, type Secret, secrets } from '@manx/api'

export interface PasswordSourceOptions {
  readonly client: KubernetesClient
  /** The namespace that Manx runs in. */
  readonly namespace: string
  readonly logger: Logger
  readonly onChange: () => void
}

/** The values of the Secrets that sessions name: each is watched by name, so no right to list others is needed. */
export class PasswordSource {
  readonly #options: PasswordSourceOptions
  readonly #watches = new Map<string, { readonly stop: AbortController; readonly values: () => [string, string][] }>()

  constructor(options: PasswordSourceOptions) {
    this.#options = options
  }

  /** By `secret/key`. */
  get passwords(): ReadonlyMap<string, string> {
    return new Map([...this.#watches.values()].flatMap(({ values }) => values()))
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
    const values = () =>
      [...informer.store.list()].flatMap((data) =>
        Object.entries(data).map(([key, value]): [string, string] => [`${name}/${key}`, value]),
      )
    this.#watches.set(name, { stop, values })
  }
}

function readSecret({ data = {} }: Secret): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
}
