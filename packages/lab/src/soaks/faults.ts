import { apiOutage } from '../faults/api-outage.ts'
import { type FaultLab, type FaultResult, faultLab, requireHeld } from '../faults/fault-lab.ts'
import { malformed } from '../faults/malformed.ts'
import { podBurst } from '../faults/pod-burst.ts'
import { reboot } from '../faults/reboot.ts'
import { restarts } from '../faults/restarts.ts'
import { rollOut } from '../faults/roll-out.ts'
import type { Soak } from './soak.ts'

type Fault = (lab: FaultLab) => Promise<FaultResult>

const full = {
  restarts: (lab) => restarts(lab, 50),
  rollout: rollOut,
  outage: (lab) => apiOutage(lab, 600),
  reboot,
  malformed,
  burst: (lab) => podBurst(lab, 100),
} satisfies Readonly<Record<string, Fault>>

/** Each fault in its full form, alone, and all of them in turn; `npm test` has them in short. */
export const faultSoaks = {
  faults: soakOf('all of the following faults in turn', full),
  restarts: soakOf('kills agents and gobgpds 50 times under traffic and policy churn', { restarts: full.restarts }),
  rollout: soakOf('rolls the DaemonSet under traffic', { rollout: full.rollout }),
  outage: soakOf('takes the API server away for ten minutes', { outage: full.outage }),
  reboot: soakOf('boots a node again', { reboot: full.reboot }),
  malformed: soakOf('puts objects in place that no API server would take', { malformed: full.malformed }),
  burst: soakOf('starts 100 pods under default deny that others knock at', { burst: full.burst }),
} satisfies Readonly<Record<string, Soak>>

function soakOf(description: string, faults: Readonly<Record<string, Fault>>): Soak {
  return {
    description,
    round: async (context) => {
      const lab = faultLab(context.state, context)
      try {
        for (const [name, fault] of Object.entries(faults)) {
          const result = await fault(lab)
          requireHeld(name, result)
          context.log(`${name}: ${result.summary}`)
        }
      } finally {
        lab.api.close()
      }
    },
  }
}
