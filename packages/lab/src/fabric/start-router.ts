import type { LabPlan, PlannedRouter } from '../plan/lab-plan.ts'
import type { RouterKind } from './router-kinds.ts'
import { startBird } from './start-bird.ts'
import { startFrr } from './start-frr.ts'
import { startGobgp } from './start-gobgp.ts'

/** Starts what runs on a router; the same after a kill as at first. */
export async function startRouter(
  plan: LabPlan,
  router: PlannedRouter,
  kind: RouterKind,
  programs: Readonly<Record<'gobgpd' | 'gobgp', string>>,
  signal?: AbortSignal,
): Promise<void> {
  const lab = plan.options.name
  if (kind === 'frr') await startFrr(lab, router, signal)
  else if (kind === 'bird') await startBird(lab, router, signal)
  else await startGobgp(plan, router, programs, signal)
}
