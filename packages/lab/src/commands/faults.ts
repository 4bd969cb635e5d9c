import { rebootNode } from '../cluster/reboot-node.ts'
import { healLab, killRouter, setCable } from '../fabric/faults.ts'
import { requireLabState } from '../host/lab-state.ts'
import { LabError } from '../lab-error.ts'
import { planLab } from '../plan/lab-plan.ts'

interface Named {
  readonly name: string
}

export async function link(state: string, host: string, { name }: Named): Promise<void> {
  if (state !== 'up' && state !== 'down') {
    throw new LabError('Invalid', `link ${JSON.stringify(state)}: 'up' and 'down' are allowed`)
  }
  await setCable(planLab((await requireLabState(name)).options), host, state)
  console.error(`the cable of ${host} is ${state}`)
}

export async function kill(router: string, { name }: Named): Promise<void> {
  await killRouter(planLab((await requireLabState(name)).options), router)
  console.error(`${router} is dead; 'heal ${router}' brings it back`)
}

export async function reboot(node: string, { name }: Named): Promise<void> {
  await rebootNode(await requireLabState(name), node)
  console.error(`${node} has booted; it will be Ready in some seconds`)
}

export async function heal(host: string | undefined, { name }: Named): Promise<void> {
  await healLab(await requireLabState(name), host)
  console.error(`${host ?? 'the fabric'} is whole`)
}
