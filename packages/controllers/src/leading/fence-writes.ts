import type { KubernetesClient } from '@manx/api'

/** The process may not write: another one may lead by now. */
export class NotLeadingError extends Error {
  readonly code = 'NotLeading'

  constructor() {
    super('this process does not hold the Lease any more, so it writes nothing')
    this.name = 'NotLeadingError'
  }
}

/**
 * The same client, for the work of a leader: it sends no write unless `holds` says, at that moment, that the Lease is ours.
 * The signal that ends the work is not enough: a process that was halted can go on for a moment before its timers run.
 */
export function fenceWrites(client: KubernetesClient, holds: () => boolean): KubernetesClient {
  const fenced = async <T>(write: () => Promise<T>): Promise<T> => {
    if (!holds()) throw new NotLeadingError()
    return write()
  }
  return {
    get: (resource, ref, options) => client.get(resource, ref, options),
    list: (resource, options) => client.list(resource, options),
    listPages: (resource, options) => client.listPages(resource, options),
    watch: (resource, options) => client.watch(resource, options),
    read: (path, options) => client.read(path, options),
    create: (resource, object, options) => fenced(() => client.create(resource, object, options)),
    update: (resource, object, options) => fenced(() => client.update(resource, object, options)),
    updateStatus: (resource, object, options) => fenced(() => client.updateStatus(resource, object, options)),
    apply: (resource, object, options) => fenced(() => client.apply(resource, object, options)),
    patch: (resource, ref, patch, options) => fenced(() => client.patch(resource, ref, patch, options)),
    patchStatus: (resource, ref, patch, options) => fenced(() => client.patchStatus(resource, ref, patch, options)),
    delete: (resource, ref, options) => fenced(() => client.delete(resource, ref, options)),
    server: client.server,
    close: () => client.close(),
  }
}
