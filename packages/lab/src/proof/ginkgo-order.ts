/** What the worker that runs a Ginkgo suite is told. */
export interface GinkgoOrder {
  readonly program: string
  readonly args: readonly string[]
  readonly processes: number
  /** The same for all processes: they must agree on the order of the specs. */
  readonly seed: number
  readonly folder: string
  readonly log: string
}

/** How a spec ended; specs that were skipped are not told. */
export interface GinkgoSpec {
  readonly name: string
  /** `passed`, or what went wrong in Ginkgo's words. */
  readonly state: string
  readonly seconds: number
  readonly message?: string
}

export type GinkgoEvent =
  | { readonly kind: 'begin'; readonly specs: number }
  | ({ readonly kind: 'spec' } & GinkgoSpec)
  | { readonly kind: 'end'; readonly codes: readonly number[] }
