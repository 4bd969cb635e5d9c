import { exitCodes } from '../exit-code.ts'
import { requireLabState } from '../host/lab-state.ts'
import { runConformance } from '../proof/run-conformance.ts'
import { interruptSignal } from './interrupt-signal.ts'

export async function e2e(options: {
  readonly name: string
  readonly focus: string
  readonly skip?: string
  readonly components?: string
  readonly processes: number
}): Promise<void> {
  const state = await requireLabState(options.name)
  const result = await runConformance(state, { ...options, signal: interruptSignal() })
  console.log(
    `${result.passed} passed, ${result.failed} failed in ${result.seconds.toFixed(0)} s; report in ${result.junit}, output in ${result.log}`,
  )
  for (const name of result.failures) console.log(`FAIL  ${name}`)
  if (result.failed > 0 || result.passed === 0) process.exitCode = exitCodes.failed
}
