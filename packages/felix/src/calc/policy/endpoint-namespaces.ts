/** Which endpoints of the node are in which namespace. */
export class EndpointNamespaces {
  readonly #namespaces = new Map<string, string>()
  readonly #endpoints = new Map<string, Set<string>>()

  /** Without a namespace the endpoint is gone. */
  set(endpoint: string, namespace: string | undefined): void {
    const before = this.#namespaces.get(endpoint)
    if (before === namespace) return
    if (before !== undefined) {
      const others = this.#endpoints.get(before)
      others?.delete(endpoint)
      if (others?.size === 0) this.#endpoints.delete(before)
    }
    if (namespace === undefined) {
      this.#namespaces.delete(endpoint)
      return
    }
    this.#namespaces.set(endpoint, namespace)
    this.#endpoints.set(namespace, (this.#endpoints.get(namespace) ?? new Set()).add(endpoint))
  }

  of(endpoint: string): string | undefined {
    return this.#namespaces.get(endpoint)
  }

  endpoints(namespace: string): Iterable<string> {
    return this.#endpoints.get(namespace) ?? []
  }

  names(): Iterable<string> {
    return this.#endpoints.keys()
  }

  all(): Iterable<string> {
    return this.#namespaces.keys()
  }
}
