export { type NodeStatus, type PeerStatus, statusSocket } from './node/node-status.ts'
export { run } from './run.ts'
export { processTerminal, type Terminal } from './terminal.ts'
