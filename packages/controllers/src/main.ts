import { createClient } from '@manx/api'
import { createLogger } from '@manx/process'
import { type ControllersConfig, readConfig } from './config.ts'
import { runControllers } from './run-controllers.ts'
import { adjustableLogger } from './settings/adjustable-logger.ts'

/** The process of the cluster. SIGTERM hands over: work ends, the Lease is given back, then the process. */
async function main(): Promise<void> {
  let config: ControllersConfig
  try {
    config = readConfig(process.env)
  } catch (error) {
    createLogger('error', {}).error('The environment is not right', { error })
    process.exitCode = 2
    return
  }
  const common = { process: 'manx-controllers', identity: config.identity }
  const { logger, setLevel } = adjustableLogger((level) => createLogger(level, common), config.logLevel)
  const stop = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      logger.info(`Ends because of ${name}`)
      stop.abort()
    })
  }
  try {
    const client = await createClient({ userAgent: 'manx-controllers' })
    logger.info('Starts', { server: client.server, namespace: config.namespace })
    await runControllers({ client, config, logger, setLevel }, stop.signal)
    await client.close()
  } catch (error) {
    logger.error('Cannot run', { error })
    process.exitCode = 1
    stop.abort()
  }
}

void main()
