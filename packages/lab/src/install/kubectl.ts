import { join } from 'node:path'
import { output } from '@manx/testbed'
import { labFolder } from '../host/lab-folder.ts'

/** Arguments that every kubectl of the lab gets: its kubeconfig, and a cache that goes with the lab. */
export function kubectlArgs(lab: string): readonly string[] {
  const folder = labFolder(lab)
  return ['--kubeconfig', folder.kubeconfig, '--cache-dir', join(folder.path, 'kubectl-cache')]
}

/** Runs kubectl and returns what it printed; rejects with its words when it fails. */
export function kubectl(lab: string, program: string, args: readonly string[], input?: string): Promise<string> {
  return output(program, [...kubectlArgs(lab), ...args], input === undefined ? {} : { input })
}
