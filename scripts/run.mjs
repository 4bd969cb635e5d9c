// The way in on a machine that has only some Node and npm: fetches pnpm and the pinned Node, then runs the task.
// Plain JavaScript for Node 18, because it runs before anything is installed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = join(root, 'node_modules', '.bin')
const lockfile = join(root, 'pnpm-lock.yaml')
// npm goes to the folder of package.json before it runs this.
const callerDirectory = process.env.INIT_CWD ?? process.cwd()
const stamp = join(root, 'node_modules', '.cache', 'installed-lockfile')

const tasks = {
  lab: (args) => runForCaller('node', [join(root, 'packages/lab/src/main.ts'), ...args]),
  manxctl: (args) => runForCaller('node', [join(root, 'packages/cli/src/main.ts'), ...args]),
  bench: (args) => run('node', ['packages/bench/src/main.ts', ...args]),
  soak: (args) => run('node', ['packages/lab/src/soak.ts', ...args]),
  build: () => build(),
  image: (args) => {
    const built = build()
    return built === 0 ? run('node', ['deploy/image/src/main.ts', ...args]) : built
  },
  check: () => check(),
  test: (args) => {
    const checked = args.length > 0 ? 0 : check()
    return checked === 0 ? run('node', ['scripts/test.mjs', ...args]) : checked
  },
}

const [task = '', ...args] = process.argv.slice(2)
const start = Object.hasOwn(tasks, task) ? tasks[task] : undefined
if (start === undefined) {
  console.error(`usage: npm run ${Object.keys(tasks).join('|')} [-- ARGUMENTS]`)
  process.exit(2)
}
install()
process.exit(start(args))

function install() {
  const wanted = createHash('sha256').update(readFileSync(lockfile)).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  console.error(
    `manx: installing the pinned Node and the dependencies with ${packageManager} (first run or new lockfile)`,
  )
  const status = run('npx', ['--yes', packageManager, 'install', '--frozen-lockfile', '--reporter=silent'])
  if (status !== 0) process.exit(status)
  if (!existsSync(join(bin, 'node'))) {
    console.error(
      `manx: there is no pinned Node for ${process.platform}-${process.arch}: linux-x64 and linux-arm64 are supported`,
    )
    process.exit(1)
  }
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, wanted)
}

function build() {
  return run('pnpm', ['exec', 'turbo', 'run', 'build', '--output-logs=new-only'])
}

function check() {
  for (const step of [
    ['tsc', ['-b']],
    ['biome', ['check', '--error-on-warnings', '.']],
    ['node', ['packages/api/src/generate.ts', '--check']],
  ]) {
    const status = run(...step)
    if (status !== 0) return status
  }
  return 0
}

/** Runs where the caller stands, for programs that are given names of files. */
function runForCaller(command, commandArgs) {
  return run(command, commandArgs, callerDirectory)
}

function run(command, commandArgs, cwd = root) {
  const PATH = `${bin}:${process.env.PATH}`
  const result = spawnSync(command, commandArgs, {
    cwd,
    stdio: 'inherit',
    env: { ...process.env, PATH, MANX_CALLER_DIRECTORY: callerDirectory },
  })
  if (result.error) {
    console.error(`manx: cannot run ${command}: ${result.error.message}`)
    return 1
  }
  if (result.signal) process.kill(process.pid, result.signal)
  return result.status ?? 1
}
