import { sendConnections } from './send-connections.ts'
import { sendDatagrams } from './send-datagrams.ts'
import { sendStream } from './send-stream.ts'
import type { Flow, FlowReport } from './traffic-order.ts'

export interface RunningFlow {
  /** Sends no more; answers that are on their way still count. */
  stop(): void
  report(): FlowReport
}

export function startFlow(flow: Flow): RunningFlow {
  if (flow.kind === 'datagrams') return sendDatagrams(flow)
  return flow.kind === 'stream' ? sendStream(flow) : sendConnections(flow)
}
