import { type KubernetesClient, type Logger, messageOf, pause, type Store } from '@manx/api'
import { conflist, foreignConflists, type Readiness, writeConflist } from '@manx/cni'
import { setNetworkAvailable } from '../bootstrap/node-object.ts'
import type { NodeFacts } from '../inputs/facts.ts'

export interface ServePodsOptions {
  readonly client: KubernetesClient
  readonly node: string
  readonly nodes: Store<Pick<NodeFacts, 'networkAvailable'>>
  readonly conflistPath: string
  readonly readiness: () => Readiness
  readonly logger: Logger
}

/** Milliseconds between looks: short until the node is ready once, because its pods wait. */
const looks = { first: 100, later: 10_000 }

/**
 * Tells the runtime and the cluster that pods can come, once they can. The runtime's configuration is written again when
 * somebody removed it.
 */
export class ServePods {
  readonly #options: ServePodsOptions
  #findings: readonly string[] = []
  #announced: boolean = false

  constructor(options: ServePodsOptions) {
    this.#options = options
  }

  get findings(): readonly string[] {
    return this.#findings
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#options.readiness().ready) await this.#announce(signal)
      await pause(this.#announced ? looks.later : looks.first, signal)
    }
  }

  async #announce(signal: AbortSignal): Promise<void> {
    const { client, node, nodes, conflistPath, logger } = this.#options
    try {
      if (writeConflist(conflistPath, conflist())) logger.info('pods can come', { conflist: conflistPath })
      this.#look(foreignConflists(conflistPath))
      // Again when the Node was made anew, or somebody set the condition back.
      const lost = nodes.get(node)?.networkAvailable === false
      if (!this.#announced || lost) await setNetworkAvailable(client, node, signal)
      this.#announced = true
    } catch (error) {
      if (signal.aborted) return
      logger.warn('cannot announce that pods can come', { node, error: messageOf(error) })
      await pause(looks.later / 10, signal)
    }
  }

  #look(foreign: readonly string[]): void {
    const findings = foreign.map((file) => `${file} sorts before ours: the runtime uses it instead; remove it`)
    for (const finding of findings) if (!this.#findings.includes(finding)) this.#options.logger.warn(finding)
    this.#findings = findings
  }
}
