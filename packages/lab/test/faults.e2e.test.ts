import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { run, skipReason } from '@manx/testbed'
import { apiOutage } from '../src/faults/api-outage.ts'
import { type FaultLab, type FaultResult, faultLab } from '../src/faults/fault-lab.ts'
import { malformed } from '../src/faults/malformed.ts'
import { podBurst } from '../src/faults/pod-burst.ts'
import { reboot } from '../src/faults/reboot.ts'
import { restarts } from '../src/faults/restarts.ts'
import { rollOut } from '../src/faults/roll-out.ts'
import { uninstall } from '../src/faults/uninstall.ts'
import { requireLabState } from '../src/host/lab-state.ts'
import { neededCommands } from '../src/host/prerequisites.ts'
import { watchStolenTime } from '../src/host/stolen-time.ts'
import { randomFrom } from '../src/soaks/run-soak.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
// A lab that is there already is used and stays.
const given = process.env.MANX_TEST_LAB
const name = given ?? `faults-${randomBytes(3).toString('hex')}`
const minutes = (count: number) => count * 60_000
const log = (message: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)}  ${message}\n`)
const reason = skipReason({ root: true, commands: neededCommands })

type Fault = readonly [string, (lab: FaultLab) => Promise<FaultResult>]

/** Share of the processors that a host may take within some seconds without being the reason for what is lost. */
const tolerable = 0.4

/** The short forms; `npm run soak -- faults` has the full ones. */
const faults: readonly Fault[] = [
  ['the DaemonSet is rolled', rollOut],
  ['objects are malformed', malformed],
  ['pods start while others knock at their addresses', (lab) => podBurst(lab, 20)],
  ['agents and gobgpds are killed at random', (lab) => restarts(lab, 10)],
  ['the API server is away', (lab) => apiOutage(lab, 45)],
  ['a node boots again', reboot],
  // The last one: nothing of Manx is there afterwards.
  ['Manx is deleted', uninstall],
]

;(reason === undefined ? describe : describe.skip)(
  `everything holds while${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    let lab: FaultLab | undefined

    beforeAll(async () => {
      if (given === undefined) {
        const { code, stdout, stderr } = await run(process.execPath, [main, 'up', '--name', name, '--no-check'])
        if (code !== 0) throw new Error(`${stdout}\n${stderr}`)
      }
      const signal = new AbortController().signal
      const seed = Date.now() % 100_000
      log(`seed ${seed}`)
      lab = faultLab(await requireLabState(name), { random: randomFrom(seed), log, signal })
    }, minutes(25))

    afterAll(async () => {
      lab?.api.close()
      if (given === undefined) await run(process.execPath, [main, 'down', '--name', name])
    }, minutes(2))

    test.each(faults)(
      '%s',
      async (what, fault) => {
        if (lab === undefined) throw new Error('there is no lab')
        using machine = watchStolenTime()
        let { summary, problems } = await fault(lab)
        log(`${what}: ${summary}`)
        // A machine that did not run for seconds keeps no session. This is the only reason to look a second time.
        if (problems.length > 0 && machine.worst > tolerable && fault !== uninstall) {
          log(`again, for the host took ${Math.round(machine.worst * 100)} % of the processors: ${problems.join('; ')}`)
          ;({ summary, problems } = await fault(lab))
          log(`${what}: ${summary}`)
        }
        expect(problems).toEqual([])
      },
      minutes(15),
    )
  },
)
