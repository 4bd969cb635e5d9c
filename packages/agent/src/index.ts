export { type AgentConfig, ConfigError, parseConfig } from './config/parse-config.ts'
export { createLogger } from './log.ts'
export { type AgentOptions, runAgent } from './run-agent.ts'
export type { NodeStatus } from './status/node-status.ts'
