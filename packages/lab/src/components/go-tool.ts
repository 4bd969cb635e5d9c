import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { commandPath } from '@manx/testbed'
import type { BuildPlan } from './build-plan.ts'
import { ComponentError } from './component-error.ts'

/** Folder of the pinned modules. */
export const modulesFolder = join(import.meta.dirname, '..', '..', 'components')

/** Where go may be although PATH does not say so (sudo resets it). */
const usualPlaces = ['go', '/usr/local/go/bin/go', '/usr/lib/go/bin/go', '/snap/bin/go']

export interface GoTool {
  /** Runs a plan; rejects with what the compiler printed. */
  build(plan: BuildPlan, signal?: AbortSignal): Promise<void>
}

export interface GoToolOptions {
  /** Modules and toolchain must be here already. */
  readonly offline?: boolean
  /** Where to look, by name on PATH or by path. */
  readonly places?: readonly string[]
}

/** Finds a Go that can build these modules; rejects with what to install. */
export async function findGo(modules: readonly string[], options: GoToolOptions = {}): Promise<GoTool> {
  const go = (options.places ?? usualPlaces).map(commandPath).find((path) => path !== undefined)
  const wanted = await wantedGo(modules)
  if (go === undefined) throw new ComponentError('ToolMissing', `Go is not installed: ${howToInstallGo(wanted)}`)
  const offline = options.offline === true ? { GOPROXY: 'off', GOTOOLCHAIN: 'local' } : {}
  const execute = (plan: BuildPlan, signal?: AbortSignal) =>
    runGo(go, plan.args, join(modulesFolder, plan.module), { ...offline, ...plan.environment }, signal)
  for (const module of modules) {
    // Within a module the go command checks its own version, and fetches a newer toolchain where it may.
    const found = await execute({ module, args: ['env', 'GOVERSION'], environment: { GOFLAGS: '', GOWORK: 'off' } })
    if (found.code !== 0) {
      const said = found.output.trim().split('\n').at(-1)
      throw new ComponentError('ToolMissing', `${go} is too old: ${said}. To mend it, ${howToInstallGo(wanted)}`)
    }
  }
  return {
    build: async (plan, signal) => {
      const result = await execute(plan, signal)
      signal?.throwIfAborted()
      if (result.code !== 0) throw buildError(plan, result.output)
    },
  }
}

function howToInstallGo(version: string): string {
  return `install Go ${version} or newer from https://go.dev/dl into /usr/local/go`
}

function buildError(plan: BuildPlan, text: string): ComponentError {
  const last = text.trim().split('\n').slice(-15).join('\n')
  const noModules = /dial tcp|no such host|i\/o timeout|module lookup disabled|TLS handshake|: 40[0-9] |: 50[0-9] /
  if (noModules.test(text)) {
    const hint = 'let this machine reach the Go module proxy (or set GOPROXY to one that it can reach)'
    return new ComponentError('CannotGet', `Go modules of ${plan.module} cannot be fetched; ${hint}:\n${last}`)
  }
  return new ComponentError('BuildFailed', `go ${plan.args.join(' ')} failed in ${plan.module}:\n${last}`)
}

/** The newest `go` line of the modules. */
async function wantedGo(modules: readonly string[]): Promise<string> {
  const versions = await Promise.all(
    modules.map(async (module) => {
      const text = await readFile(join(modulesFolder, module, 'go.mod'), 'utf8')
      return /^go (\S+)$/m.exec(text)?.[1] ?? '1.26'
    }),
  )
  return versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1) ?? '1.26'
}

interface GoResult {
  readonly code: number
  readonly output: string
}

function runGo(
  go: string,
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<GoResult> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment }
    const child = spawn(go, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(signal === undefined ? {} : { signal }),
    })
    let text = ''
    const keep = (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-64 * 1024)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error) => (signal?.aborted === true ? undefined : reject(error)))
    child.on('close', (code) => resolve({ code: code ?? 1, output: text }))
  })
}
