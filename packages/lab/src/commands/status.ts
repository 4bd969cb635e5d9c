import { stringify } from 'yaml'
import { requireLabState } from '../host/lab-state.ts'
import { type LabStatus, labStatus } from '../lab-status.ts'

export async function status(options: { readonly name: string; readonly output: string }): Promise<void> {
  const found = await labStatus(await requireLabState(options.name))
  if (options.output === 'json') console.log(JSON.stringify(found, null, 2))
  else if (options.output === 'yaml') console.log(stringify(found).trimEnd())
  else console.log(renderStatus(found))
}

function renderStatus(found: LabStatus): string {
  const hosts = found.hosts.map(({ name, address, daemons, ready }) => {
    const state = ready === undefined ? '' : ready ? 'Ready' : 'not Ready'
    return `  ${name.padEnd(9)}${address.v4.padEnd(16)}${address.v6.padEnd(18)}${state.padEnd(11)}${daemons.join(', ')}`
  })
  return [
    `lab '${found.name}': ${found.phase}, since ${found.createdAt}`,
    `kubeconfig ${found.kubeconfig}`,
    `logs       ${found.logs}`,
    ...(found.problem === undefined ? [] : [`problem    ${found.problem}`]),
    '',
    ...hosts,
  ].join('\n')
}
