import { ensureComponents } from '../components/index.ts'
import { requireLabState } from '../host/lab-state.ts'
import { kubectlArgs } from '../install/kubectl.ts'
import { runInTerminal } from './run-in-terminal.ts'

export async function kubectl(args: readonly string[], { name }: { readonly name: string }): Promise<void> {
  const state = await requireLabState(name)
  const program = state.programs?.kubectl ?? (await ensureComponents({ names: ['kubectl'] })).kubectl
  await runInTerminal([program, ...kubectlArgs(name), ...args])
}
