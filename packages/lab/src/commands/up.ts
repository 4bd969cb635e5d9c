import { exitCodes } from '../exit-code.ts'
import { daemonVariable, labVariable } from '../host/lab-processes.ts'
import { requireLabState } from '../host/lab-state.ts'
import { createProgress } from '../host/progress.ts'
import { checkLab } from '../proof/check-lab.ts'
import { renderReport } from '../proof/render-report.ts'
import { type UpOptions, upLab } from '../up-lab.ts'
import { interruptSignal } from './interrupt-signal.ts'
import { lookAround } from './look-around.ts'

export async function up(options: UpOptions & { readonly check: boolean }): Promise<void> {
  const started = performance.now()
  const progress = createProgress()
  const interrupt = interruptSignal()
  // Inherited by every program that is run on the way: should this process be killed, 'down' finds them.
  process.env[labVariable] = options.name
  process.env[daemonVariable] = 'up'
  try {
    await upLab(options, progress, interrupt)
    const state = await requireLabState(options.name)
    if (options.manx && options.check) {
      const report = await progress.step('proof of the network', () => checkLab(state, interrupt))
      console.log(renderReport(report))
      if (!report.passed) process.exitCode = exitCodes.failed
    }
    console.log(lookAround(state))
    console.error(`lab '${options.name}' is up after ${((performance.now() - started) / 1000).toFixed(1)} s`)
  } catch (error) {
    if (!interrupt.aborted) throw error
    console.error(`lab: interrupted; 'npm run lab -- down --name ${options.name}' removes what was made`)
    process.exitCode = exitCodes.interrupted
  }
}
