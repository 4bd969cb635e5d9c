import { Command, InvalidArgumentError, Option } from 'commander'
import { knownVersions, kubernetesVersion } from '../components/index.ts'
import { exitCodes } from '../exit-code.ts'
import { check } from './check.ts'
import { components } from './components.ts'
import { down } from './down.ts'
import { e2e } from './e2e.ts'
import { exec } from './exec.ts'
import { heal, kill, link, reboot } from './faults.ts'
import { kubeconfig } from './kubeconfig.ts'
import { kubectl } from './kubectl.ts'
import { status } from './status.ts'
import { up } from './up.ts'
import { wholeNumber } from './whole-number.ts'

/** The command line of the lab. Every command takes the lab's name, so that several can be side by side. */
export function createProgram(): Command {
  const program = new Command('npm run lab --')
    .description(
      'A real Kubernetes cluster with Manx, peering with lab routers, in network namespaces of this machine.',
    )
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ showGlobalOptions: false })
    .addHelpText('after', exitCodeHelp)
  const command = (usage: string, description: string) => {
    const added = program.command(usage).description(description).exitOverride()
    return added.addOption(new Option('--name <name>', 'the lab').default('lab'))
  }

  command('up', 'make a lab, install Manx in it and prove the network (what happens without a command, too)')
    .option('--nodes <count>', 'nodes, half of them in each rack', wholeNumber(1), 3)
    .option('--mesh', 'node-to-node mesh on one subnet in place of peering with the ToRs', false)
    .option('--ipv6-primary', 'IPv6 first in both families: the first address of nodes, Services and pods', false)
    .option(
      '--kubernetes <version>',
      `Kubernetes to run: ${Object.keys(knownVersions.kubernetes).join(', ')}`,
      kubernetes,
    )
    .option('--install', 'get missing Debian packages with apt-get (FRR and BIRD, too)', false)
    .option('--components <dir>', 'take programs from this folder before fetching or building them')
    .option('--no-manx', 'leave the cluster without a network, its nodes not Ready')
    .option('--no-check', 'do not prove the network at the end')
    .action(up)
  command('down', 'end and remove a lab, whatever state it is in').action(down)
  command('status', 'what runs, where, and how to reach it')
    .addOption(new Option('-o, --output <format>', 'format').choices(['text', 'json', 'yaml']).default('text'))
    .action(status)
  command('check', 'prove the network with real packets and print the matrix')
    .addOption(new Option('-o, --output <format>', 'format').choices(['text', 'json']).default('text'))
    .action(check)
  command('kubeconfig', "print the path of the kubeconfig, which works from this machine's own namespace").action(
    kubeconfig,
  )
  command('kubectl [args...]', 'run kubectl against the lab').passThroughOptions().allowUnknownOption().action(kubectl)
  command('exec <host> <command...>', 'run a command inside a node, router, control or outside')
    .passThroughOptions()
    .action(exec)
  command('e2e', "run Kubernetes' own end-to-end tests")
    .requiredOption('--focus <regex>', 'names of the tests to run')
    .option('--skip <regex>', 'names of tests to leave out')
    .option('--processes <count>', 'tests that run at once, at least 2', wholeNumber(2), 2)
    .option('--components <dir>', 'take e2e.test from this folder before building it')
    .action(e2e)
  command('link <state> <host>', 'cut (down) or restore (up) the cable of a node or a ToR').action(link)
  command('kill <router>', 'end the routing daemons of a router without warning and cut its cables').action(kill)
  command('reboot <node>', 'a node loses its power and boots again: an empty /run, its disk as it was').action(reboot)
  command('heal [host]', 'restore cables and restart what was killed, on one host or on all').action(heal)
  command('components', 'get the programs of a lab and print where they are')
    .option('--print-folder', 'print only the folder that holds a link to each', false)
    .option('--install', 'get the Debian packages that builds and tests need with apt-get', false)
    .option('--components <dir>', 'take programs from this folder before fetching or building them')
    .action(components)
  // `npm run lab -- --nodes 4` is `up --nodes 4`.
  return defaultCommand(program, 'up')
}

/** Runs a command when none is named, with the options that were given. */
function defaultCommand(program: Command, name: string): Command {
  const parse = program.parseAsync.bind(program)
  program.parseAsync = (argv = process.argv, options) => {
    const [first] = argv.slice(2)
    const isHelp = first === '--help' || first === '-h' || first === 'help'
    if (first !== undefined && (!first.startsWith('-') || isHelp)) return parse(argv, options)
    return parse([...argv.slice(0, 2), name, ...argv.slice(2)], options)
  }
  return program
}

function kubernetes(text: string): string {
  const version = kubernetesVersion(text)
  if (version !== undefined) return version
  throw new InvalidArgumentError(`known here: ${Object.keys(knownVersions.kubernetes).join(', ')}`)
}

const exitCodeHelp = `
Exit codes: ${Object.entries(exitCodes)
  .map(([name, code]) => `${code} ${name}`)
  .join(', ')}.`
