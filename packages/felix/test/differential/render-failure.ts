import { stringify } from 'yaml'
import type { Packet } from '../../src/index.ts'
import type { Difference } from './comparison.ts'
import { type Peer, peers, podKey } from './peers.ts'
import type { Change, Step } from './scenario.ts'

/** What a person needs to see a difference and to make it again: objects as YAML, the packet, and all answers. */
export function renderFailure(steps: readonly Step[], { packet, kernel, felix, evaluation }: Difference): string {
  const title = `${describePacket(packet)}: policy says ${evaluation.verdict}, the kernel ${kernel}, felix ${felix}`
  const decisions = evaluation.decisions.map(({ direction, verdict, reason }) => `  ${direction} ${verdict}: ${reason}`)
  return renderSteps([title, ...decisions].join('\n'), steps)
}

/** The objects of each step under a title. */
export function renderSteps(title: string, steps: readonly Step[]): string {
  const documents = steps.map(
    ({ changes }, index) => `# step ${index + 1}\n${changes.map((change) => stringify(plain(change))).join('---\n')}`,
  )
  return [title, '', ...documents].join('\n')
}

/** Objects of Kubernetes as they would be applied, everything else as it is. */
function plain(change: Change): unknown {
  return change.kind === 'network-policy' ? change.object : change
}

function describePacket({ protocol, source, destination, sourcePort, destinationPort, icmp }: Packet): string {
  const names: Readonly<Record<number, string>> = { 1: 'ICMP', 6: 'TCP', 17: 'UDP', 58: 'ICMPv6', 132: 'SCTP' }
  const name = names[protocol] ?? `protocol ${protocol}`
  const what = icmp === undefined ? name : `${name} type ${icmp.type} code ${icmp.code}`
  const end = (address: string, port: number | undefined) => {
    const peer = peers.find(({ addresses }) => addresses.includes(address))
    return `${address}${port === undefined ? '' : ` port ${port}`} (${peer === undefined ? 'nobody' : describePeer(peer)})`
  }
  return `${what} from ${end(source, sourcePort)} to ${end(destination, destinationPort)}`
}

const describePeer = (peer: Peer): string =>
  peer.kind === 'host' ? `host ${peer.name}` : `${peer.kind} pod ${podKey(peer)}`
