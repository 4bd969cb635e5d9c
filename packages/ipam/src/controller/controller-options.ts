import type { KubernetesClient, Logger, WorkGuard } from '@manx/api'
import type { Reporter } from './report.ts'

/** What every controller is made with. */
export interface ControllerOptions<Informers> {
  readonly client: KubernetesClient
  /** Run by the caller. */
  readonly informers: Informers
  readonly logger: Logger
  readonly report?: Reporter
  readonly guard?: WorkGuard
  readonly now?: () => number
}
