import { messageOf } from '@manx/api'
import { createLogger } from '@manx/process'
import manifest from '../package.json' with { type: 'json' }
import { ConfigError, parseConfig } from './config/parse-config.ts'
import { readEnvironment } from './config/read-environment.ts'
import { Variables } from './config/variables.ts'
import { becomeGobgpd } from './install/become-gobgpd.ts'
import { installCni } from './install/install-cni.ts'
import { runAgent } from './run-agent.ts'

const usage = `usage: agent                      run the node's agent, configured by its environment
       agent cni install [FROM TO]   copy the CNI executables (default /opt/manx/cni /host/opt/cni/bin)
       agent gobgpd [PROGRAM]        prepare the socket's folder and become gobgpd (default /opt/manx/bin/gobgpd)
       agent version`

async function main(args: readonly string[]): Promise<number> {
  const [command, verb, from = '/opt/manx/cni', to = '/host/opt/cni/bin'] = args
  if (command === undefined) return agent()
  if (command === 'version') {
    process.stdout.write(`${manifest.version}\n`)
    return 0
  }
  if (command === 'cni' && verb === 'install') {
    const updateAll = mayUpdateAll()
    if (updateAll === undefined) return 2
    const { installed, kept } = installCni({ from, to, updateAll })
    for (const file of installed) process.stdout.write(`${file} installed\n`)
    for (const file of kept)
      process.stdout.write(`${file} is the host's and stays (UPDATE_CNI_BINARIES=true replaces it)\n`)
    return 0
  }
  if (command === 'gobgpd') {
    const socket = process.env.MANX_GOBGP_SOCKET ?? '/run/gobgp/gobgpd.sock'
    becomeGobgpd({ program: verb ?? '/opt/manx/bin/gobgpd', socket })
  }
  process.stderr.write(`${usage}\n`)
  return 2
}

/** Undefined when that cannot be understood, which has been said then. */
function mayUpdateAll(): boolean | undefined {
  try {
    const variables = new Variables(readEnvironment(process.env))
    const updateAll = variables.flag('UPDATE_CNI_BINARIES') ?? false
    if (variables.issues.length > 0) throw new ConfigError(variables.issues)
    return updateAll
  } catch (error) {
    process.stderr.write(`the environment is wrong: ${messageOf(error)}\n`)
    return undefined
  }
}

async function agent(): Promise<number> {
  const early = createLogger('info', { component: 'agent' })
  let config: ReturnType<typeof parseConfig>
  let environment: ReturnType<typeof readEnvironment>
  try {
    environment = readEnvironment(process.env)
    config = parseConfig(environment)
  } catch (error) {
    const issues = error instanceof ConfigError ? error.issues : []
    early.error('the environment is wrong', { error: messageOf(error), issues })
    return 2
  }
  const logger = createLogger(config.logLevel, { component: 'agent', node: config.node })
  const stop = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort())
  // A fault in one corner may have left the rest in a state that nobody thought of: start again, the kernel stays.
  process.on('uncaughtException', (error) => {
    logger.error('the agent failed', { error: messageOf(error), stack: error.stack })
    process.exit(1)
  })
  try {
    await runAgent({ config, environment, logger, version: manifest.version }, stop.signal)
    logger.info('the agent has ended')
    return 0
  } catch (error) {
    const { stack, cause } = error instanceof Error ? error : {}
    logger.error('the agent failed', {
      error: messageOf(error),
      stack,
      cause: cause === undefined ? undefined : String(cause),
    })
    return 1
  }
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${messageOf(error)}\n`)
    process.exit(1)
  },
)
