import type { PolicyEndpoint } from '@manx/api'

/** A pod as it was seen at some time. */
export interface PodState extends PolicyEndpoint {
  /** `metadata.uid` of the object in the API, which for static pods is not the one in the CNI arguments. */
  readonly uid?: string
}
