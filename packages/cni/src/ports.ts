import type { Family, Logger, PolicyEndpoint, WorkloadEndpoint } from '@manx/api'
import type { Verb } from './spec/versions.ts'

/** What ADD needs to know of a pod. */
export interface PodFacts {
  readonly uid: string
  /** Of a static pod's mirror: `kubernetes.io/config.mirror` is the UID that the kubelet uses. */
  readonly annotations: Readonly<Record<string, string | undefined>>
  readonly namespaceAnnotations: Readonly<Record<string, string | undefined>>
  readonly namespaceLabels: Readonly<Record<string, string>>
  /** As policy sees it; there when it was read live, so that its policy need not wait for the watch. */
  readonly live?: PolicyEndpoint & { readonly uid: string }
}

export interface PodPort {
  /**
   * The pod by name, of this UID when one is given; from the watch, or read live when the watch does not have it yet.
   * Undefined when the API server says that there is no such pod.
   */
  find(
    pod: { readonly namespace: string; readonly name: string; readonly uid: string | undefined },
    signal: AbortSignal,
  ): Promise<PodFacts | undefined>
  /** Writes the addresses into the pod's status annotations; called again with none when the container is gone. */
  annotate(endpoint: WorkloadEndpoint, addresses: readonly string[], signal: AbortSignal): Promise<void>
}

export interface AddressRequest {
  readonly handle: string
  readonly namespace: string
  readonly pod: string
  /** Families wanted; all of them are assigned, or none. */
  readonly families: readonly Family[]
  /** Names or CIDRs, by family; absent: the pools that select node and namespace. */
  readonly pools: Readonly<Partial<Record<Family, readonly string[]>>>
  /** These very addresses, at most one of each wanted family, instead of any. */
  readonly addresses: readonly string[]
  readonly namespaceLabels: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

export interface AddressPort {
  /** Text without length. Rejects when one of the families has none left; then nothing is assigned. */
  assign(request: AddressRequest): Promise<readonly string[]>
  /** An unknown handle is no error. */
  releaseByHandle(handle: string, signal: AbortSignal): Promise<void>
}

export interface EndpointPort {
  /** Resolves when routes and policy are in the kernel: the first packet meets finished rules. */
  add(endpoint: WorkloadEndpoint, pod: PodFacts, signal: AbortSignal): Promise<void>
  /** Does nothing when the interface is unknown, or belongs to another container by now. */
  remove(interfaceName: string, containerId: string, signal: AbortSignal): Promise<void>
  /** True while the endpoint is programmed as it should be; CHECK asks. */
  has(interfaceName: string): boolean
}

/** What the agent knows of the node when a request comes in. */
export interface NodeSettings {
  readonly node: string
  /** For pods whose configuration names none. */
  readonly mtu: number
  /** Families that pods get addresses of: those of the pools that select node and namespace. */
  readonly families: readonly Family[]
  /** Families that pods get addresses of when they name the pool, which passes by its selectors. */
  readonly onRequest: readonly Family[]
}

export type Readiness =
  | { readonly ready: true }
  /** `limited`: pods that run already are cut off, too (error 51 instead of 50). */
  | { readonly ready: false; readonly limited: boolean; readonly reason: string }

export interface CniPorts {
  readonly pods: PodPort
  readonly addresses: AddressPort
  readonly endpoints: EndpointPort
  /** Without labels: as for whatever namespace. */
  readonly settings: (namespaceLabels?: Readonly<Record<string, string>>) => NodeSettings
  readonly readiness: () => Readiness
  readonly logger: Logger
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  /** Called after each request, for metrics. `code` is 0 when it succeeded. */
  readonly observe?: (verb: Verb | 'unknown', code: number, seconds: number) => void
}
