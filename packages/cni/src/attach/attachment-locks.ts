import { interfaceName as hostInterfaceName } from '@manx/api'
import type { CniEnvironment } from '../spec/environment.ts'
import type { Attachment } from './attachment.ts'
import type { Journal } from './journal.ts'
import { KeyedLock } from './keyed-lock.ts'

/**
 * Lets work on one container, and on one host interface, wait for each other: all sandboxes of a pod share the interface,
 * and each of them decides by the journal whether it is its own. Always taken in this order.
 */
export class AttachmentLocks {
  readonly #journal: Journal
  readonly #containers = new KeyedLock()
  readonly #interfaces = new KeyedLock()

  constructor(journal: Journal) {
    this.#journal = journal
  }

  /** For a call of the runtime, whose CNI_ARGS may be missing at DEL: the journal knows the pod then. */
  ofCall<T>(environment: CniEnvironment, task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#containers.run(
      environment.containerId,
      () => {
        const known = this.#journal.get(environment)?.endpoint.interfaceName
        const told = interfaceOf(environment.args)
        const names = [known, told].filter((name) => name !== undefined)
        return this.#locked(
          [...new Set(names)].sort((a, b) => (a < b ? -1 : 1)),
          task,
          signal,
        )
      },
      signal,
    )
  }

  ofAttachment<T>({ containerId, endpoint }: Attachment, task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#containers.run(containerId, () => this.#locked([endpoint.interfaceName], task, signal), signal)
  }

  /** One after another in their order, so that two calls with the same two never wait for each other. */
  #locked<T>([first, ...others]: readonly string[], task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (first === undefined) return task()
    return this.#interfaces.run(first, () => this.#locked(others, task, signal), signal)
  }
}

function interfaceOf(args: string): string | undefined {
  const value = (key: string) => new RegExp(`(?:^|;)${key}=([^;]+)`).exec(args)?.[1]
  const [namespace, pod] = [value('K8S_POD_NAMESPACE'), value('K8S_POD_NAME')]
  return namespace === undefined || pod === undefined ? undefined : hostInterfaceName(namespace, pod)
}
