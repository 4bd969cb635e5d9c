import { labFolder } from '../host/lab-folder.ts'
import { requireLabState } from '../host/lab-state.ts'

/** Prints the path alone: KUBECONFIG=$(npm run --silent lab -- kubeconfig). */
export async function kubeconfig({ name }: { readonly name: string }): Promise<void> {
  await requireLabState(name)
  console.log(labFolder(name).kubeconfig)
}
