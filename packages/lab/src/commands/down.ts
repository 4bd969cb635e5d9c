import { removeLab } from '../host/remove-lab.ts'
import { checkLabName } from '../plan/lab-options.ts'

export async function down({ name }: { readonly name: string }): Promise<void> {
  checkLabName(name)
  const started = performance.now()
  const removed = await removeLab(name)
  if (!removed) console.error(`there is no lab '${name}': nothing to remove`)
  else console.error(`lab '${name}' is gone after ${((performance.now() - started) / 1000).toFixed(1)} s`)
}
