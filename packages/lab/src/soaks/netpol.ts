import { LabError } from '../lab-error.ts'
import { runConformance } from '../proof/run-conformance.ts'
import type { Soak } from './soak.ts'

/** Kubernetes' own tests of NetworkPolicy, on a cluster whose first family is IPv6. */
export const netpolIpv6: Soak = {
  description: "runs Kubernetes' own tests of NetworkPolicy on a cluster with IPv6 first",
  options: { ipv6Primary: true },
  round: async ({ state, log, signal }) => {
    const { passed, failed, failures, seconds } = await runConformance(state, { focus: 'Netpol', signal, print: log })
    if (failed > 0 || passed === 0) {
      throw new LabError('CheckFailed', `${passed} passed, ${failed} failed:\n${failures.join('\n')}`)
    }
    log(`${passed} passed in ${seconds.toFixed(0)} s`)
  },
}
