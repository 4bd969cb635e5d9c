import { knownVersions } from '../components/index.ts'
import { LabError } from '../lab-error.ts'
import { checkLab } from '../proof/check-lab.ts'
import { renderReport } from '../proof/render-report.ts'
import type { Soak } from './soak.ts'

const [oldest = ''] = Object.keys(knownVersions.kubernetes).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))

/** The proof of the network on the oldest Kubernetes that Manx is for. */
export const oldestKubernetes: Soak = {
  description: `proves the network on Kubernetes ${oldest}`,
  options: { kubernetes: oldest },
  round: async ({ state, log, signal }) => {
    const report = await checkLab(state, signal, 60)
    if (!report.passed) throw new LabError('CheckFailed', renderReport(report))
    log(`${report.results.length} checks held`)
  },
}
