export { createLogger } from './create-logger.ts'
export {
  type BgpSummary,
  type ComponentStatus,
  type EndpointStatus,
  type NodeStatus,
  type PeerStatus,
  type PolicyCounts,
  statusSocket,
} from './node-status.ts'
export { type Probed, probeRoutes } from './probe-routes.ts'
export { type Answer, type HttpAddress, jsonAnswer, routes, serveHttp } from './serve-http.ts'
export { type Hanging, usualLimit, Watchdog } from './watchdog.ts'
