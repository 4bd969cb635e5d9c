export { type AgentConfig, ConfigError, parseConfig } from './config/parse-config.ts'
export { type AgentOptions, runAgent } from './run-agent.ts'
