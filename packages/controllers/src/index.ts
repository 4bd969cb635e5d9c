export { ConfigError, type ControllersConfig, readConfig } from './config.ts'
export { leaseName, runControllers } from './run-controllers.ts'
