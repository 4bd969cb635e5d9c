import { BgpError } from '../error.ts'
import type { GobgpClient } from './gobgp-client.ts'

const least = { major: 4, minor: 8 }
/** RFC 6666 discard-only: nobody has this address, and the probe never dials it. */
const probeAddress = '100::5eed'

/**
 * Throws unless gobgpd is new enough, and returns its version. The API has no call for it, but tells what a speaker would say
 * of itself to a peer; so a peer that is down and nobody is asked about, then removed. Needs a started server.
 */
export async function checkVersion(client: GobgpClient, asn: number): Promise<string> {
  const conf = { neighborAddress: probeAddress, peerAsn: asn, adminDown: true, sendSoftwareVersion: true }
  // An agent that was killed here left the probe behind.
  await client.deletePeer(probeAddress).catch(() => undefined)
  await client.addPeer({ conf, transport: { passiveMode: true } })
  try {
    const [peer] = await client.listPeers({ address: probeAddress })
    const text = peer?.state?.localCap?.find((capability) => capability.softwareVersion)?.softwareVersion
      ?.softwareVersion
    return acceptVersion(text ?? '')
  } finally {
    await client.deletePeer(probeAddress)
  }
}

/** The version in `GoBGP/4.8.0`; throws when it is older than what the speaker relies on, or not readable. */
export function acceptVersion(text: string): string {
  const [, version, major, minor] = /^GoBGP\/v?((\d+)\.(\d+)\S*)$/.exec(text) ?? []
  const found = { major: Number(major), minor: Number(minor) }
  if (version !== undefined) {
    if (found.major > least.major || (found.major === least.major && found.minor >= least.minor)) return version
  }
  const what = version === undefined ? `says ${JSON.stringify(text)} of itself` : `is ${version}`
  throw new BgpError(
    'UnsupportedVersion',
    `gobgpd ${what}: version ${least.major}.${least.minor} or newer is needed (older ones lose changes of multipath routes and can be crashed by a peer)`,
  )
}
