import { closeSync, stat, statSync } from 'node:fs'
import { openNamespace, setNetworkNamespace } from './syscalls.ts'

const ownNamespace = '/proc/thread-self/ns/net'
let warm = false

/**
 * Makes Node's thread pool start its threads now, in this thread's own namespace. The pool is made at its first use; inside a
 * namespace window its threads would stay in the other namespace for ever, and with them all DNS and file system calls.
 */
export function warmThreadPool(): void {
  if (warm) return
  warm = true
  // Submitting the first job starts all threads and waits for them, so this needs no await.
  stat('/', () => undefined)
}

/** Inode of a namespace file (`/run/netns/NAME`): equal inodes are the same namespace. */
export function namespaceInode(path: string): bigint {
  return statSync(path, { bigint: true }).ino
}

/** Inode of the network namespace that this thread is in. */
export function currentNamespaceInode(): bigint {
  return namespaceInode(ownNamespace)
}

/**
 * Runs a synchronous function with this thread in another network namespace, and returns what it returned.
 * Sockets opened inside stay there. Nothing asynchronous may be started inside; a returned promise is refused.
 */
export function inNamespace<T>(path: string, run: () => T extends PromiseLike<unknown> ? never : T): T {
  warmThreadPool()
  const target = openNamespace(path)
  try {
    const home = openNamespace(ownNamespace)
    try {
      setNetworkNamespace(target, path)
      let result: T
      try {
        result = run()
      } finally {
        returnTo(home)
      }
      if (isPromiseLike(result)) throw new TypeError(`inNamespace(${path}) was given an asynchronous function`)
      return result
    } finally {
      closeSync(home)
    }
  } finally {
    closeSync(target)
  }
}

function returnTo(home: number): void {
  try {
    setNetworkNamespace(home, 'the own namespace')
  } catch (error) {
    // Going on would do the node's work in a pod's namespace.
    process.stderr.write(`cannot return from a network namespace: ${String(error)}\n`)
    process.abort()
  }
}

function isPromiseLike(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
