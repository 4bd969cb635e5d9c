import { exitCodes } from '../exit-code.ts'
import { requireLabState } from '../host/lab-state.ts'
import { checkLab } from '../proof/check-lab.ts'
import { renderReport } from '../proof/render-report.ts'
import { interruptSignal } from './interrupt-signal.ts'

export async function check(options: { readonly name: string; readonly output: string }): Promise<void> {
  const report = await checkLab(await requireLabState(options.name), interruptSignal())
  console.log(options.output === 'json' ? JSON.stringify(report, null, 2) : renderReport(report))
  if (!report.passed) process.exitCode = exitCodes.failed
}
