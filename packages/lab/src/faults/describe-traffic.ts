import type { TrafficResult } from '../traffic/judge-traffic.ts'

/** The counts, for the one who watches. */
export function describeTraffic({ allowed, forbidden, synRetransmits, retransmits, longest }: TrafficResult): string {
  return [
    `${allowed.sent} allowed: ${allowed.answered} answered, ${allowed.lost} lost, the slowest datagram after ${longest} ms`,
    `${forbidden.sent} forbidden: ${forbidden.through} through`,
    `${synRetransmits} SYNs and ${retransmits - synRetransmits} other segments sent again`,
  ].join('; ')
}
