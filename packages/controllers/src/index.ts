export { ConfigError, type ControllersConfig, readConfig } from './config.ts'
export { createLogger } from './create-logger.ts'
export { leaseName, runControllers } from './run-controllers.ts'
