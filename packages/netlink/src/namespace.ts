/** Opens the thread pool now, in this thread's own namespace. Called by inNamespace at its first use; cheap to repeat. */
export function warmThreadPool(): void {
  throw new Error('not there yet')
}

/** Inode of a namespace file (`/run/netns/NAME`): equal inodes are the same namespace. */
export function namespaceInode(_path: string): bigint {
  throw new Error('not there yet')
}

/** Inode of the network namespace that this thread is in. */
export function currentNamespaceInode(): bigint {
  throw new Error('not there yet')
}

/**
 * Runs a synchronous function with this thread in another network namespace, and returns what it returned.
 * Sockets opened inside stay there. Nothing asynchronous may be started inside; a returned promise is refused.
 */
export function inNamespace<T>(_path: string, _run: () => T extends PromiseLike<unknown> ? never : T): T {
  throw new Error('not there yet')
}
