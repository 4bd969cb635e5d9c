import { startSpawner } from '../native/spawn-batch.ts'
import type { BenchNode } from './bench-node.ts'
import { cniJob } from './cni-job.ts'
import { makeSandboxes } from './sandboxes.ts'

export interface AttachedPod {
  readonly name: string
  /** Path of its network namespace. */
  readonly netns: string
  readonly address: string
}

/** Their sandboxes end with the disposal; the agent is not told. */
export interface AttachedPods extends AsyncDisposable {
  readonly pods: readonly AttachedPod[]
}

const atOnce = 20

/** Gives pods that the API knows their network, as the runtime would, a sandbox each. */
export async function attachPods(node: BenchNode, namespace: string, names: readonly string[]): Promise<AttachedPods> {
  using spawner = await startSpawner()
  await using undo = new AsyncDisposableStack()
  const { paths } = undo.use(await makeSandboxes('pod', names.length))
  const attached: AttachedPod[] = []
  for (let first = 0; first < names.length; first += atOnce) {
    const batch = names.slice(first, first + atOnce).map((name, index) => ({ name, netns: paths[first + index] ?? '' }))
    const { outputs } = await spawner.run(
      batch.map(({ name, netns }) =>
        cniJob({
          verb: 'ADD',
          program: node.cni.path,
          config: node.cniConfig(),
          containerId: `c-${name}`,
          netns,
          pod: { namespace, name },
          environment: { MANX_CNI_SOCKET: node.path('run', 'cni', 'cni.sock') },
        }),
      ),
    )
    batch.forEach((pod, index) => {
      attached.push({ ...pod, address: firstAddress(outputs[index] ?? '') })
    })
  }
  const done = undo.move()
  return { pods: attached, [Symbol.asyncDispose]: () => done.disposeAsync() }
}

function firstAddress(result: string): string {
  const { ips }: { ips: readonly { address: string }[] } = JSON.parse(result)
  return ips[0]?.address.split('/')[0] ?? ''
}
