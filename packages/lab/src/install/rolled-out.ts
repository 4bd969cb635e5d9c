import { run } from '@manx/testbed'
import { LabError } from '../lab-error.ts'
import { kubectlArgs } from './kubectl.ts'

/** Resolves when every pod of a workload is ready; otherwise says what the pods wait for. */
export async function rolledOut(lab: string, program: string, namespace: string, workload: string): Promise<void> {
  const args = ['-n', namespace, 'rollout', 'status', workload, '--timeout=120s']
  const { code, stderr } = await run(program, [...kubectlArgs(lab), ...args])
  if (code === 0) return
  const why = await describeNamespace(lab, program, namespace)
  throw new LabError('StartFailed', `${workload} is not ready (${stderr.trim()})\n${why}`)
}

/** Pods, what went wrong with them lately, and the last words of the agents. */
export async function describeNamespace(lab: string, program: string, namespace: string): Promise<string> {
  const look = async (...args: readonly string[]) => {
    const { stdout, stderr } = await run(program, [...kubectlArgs(lab), ...args])
    return stdout || stderr
  }
  const pods = await look('get', 'pods', '-A', '-o', 'wide')
  const sorted = ['--sort-by=.lastTimestamp', '-o', 'custom-columns=OBJECT:.involvedObject.name,MESSAGE:.message']
  const events = await look('-n', namespace, 'get', 'events', '--field-selector=type=Warning', ...sorted)
  const log = await look('-n', 'manx-system', 'logs', 'daemonset/manx-node', '-c', 'agent', '--tail=15')
  return `${pods}\n${events.trim().split('\n').slice(-8).join('\n')}\n\n${log}`
}
