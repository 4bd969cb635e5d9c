export type Change<P> =
  | { readonly type: 'added'; readonly key: string; readonly object: P }
  | { readonly type: 'updated'; readonly key: string; readonly object: P; readonly previous: P }
  | { readonly type: 'removed'; readonly key: string; readonly previous: P }

export type Listener<P> = (change: Change<P>) => void

/** The objects that an informer knows now. */
export interface Store<P> {
  /** By `namespace/name`, or `name` for kinds without namespaces. */
  get(key: string): P | undefined
  has(key: string): boolean
  list(): Iterable<P>
  entries(): Iterable<readonly [string, P]>
  readonly size: number
  /**
   * Calls the listener for each change from now on, in order; an informer's are those that its projection shows. `replay` first reports what is there as added.
   * The store already shows the change. Returns the function that ends it. A listener must not throw.
   */
  subscribe(listener: Listener<P>, options?: { readonly replay?: boolean }): () => void
}

/** A store with its writing side. */
export interface WritableStore<P> extends Store<P> {
  set(key: string, object: P): void
  delete(key: string): void
}

/** An empty store. `onListenerError` hears of listeners that throw; the other listeners are called all the same. */
export function createStore<P>(
  onListenerError: (error: unknown, key: string) => void = () => undefined,
): WritableStore<P> {
  const objects = new Map<string, P>()
  const listeners = new Set<Listener<P>>()
  const call = (listener: Listener<P>, change: Change<P>) => {
    try {
      listener(change)
    } catch (error) {
      onListenerError(error, change.key)
    }
  }
  const emit = (change: Change<P>) => {
    for (const listener of [...listeners]) call(listener, change)
  }
  const set = (key: string, object: P) => {
    const previous = objects.get(key)
    objects.set(key, object)
    emit(previous === undefined ? { type: 'added', key, object } : { type: 'updated', key, object, previous })
  }
  const remove = (key: string) => {
    const previous = objects.get(key)
    if (previous === undefined) return
    objects.delete(key)
    emit({ type: 'removed', key, previous })
  }
  return {
    get: (key) => objects.get(key),
    has: (key) => objects.has(key),
    list: () => objects.values(),
    entries: () => objects.entries(),
    get size() {
      return objects.size
    },
    subscribe: (listener, { replay = false } = {}) => {
      if (replay) for (const [key, object] of [...objects]) call(listener, { type: 'added', key, object })
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    set,
    delete: remove,
  }
}
