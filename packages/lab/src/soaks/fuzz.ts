import type { LongTest } from './long-test.ts'

export const fuzz: LongTest = {
  description: 'gives what reads YAML, selectors, CIDRs, ports, AS numbers and durations anything but that',
  packageName: 'api',
  file: 'test/validation/fuzz.test.ts',
  count: { option: 'cases', description: 'how many in all', usual: 100_000, variable: 'MANX_FUZZ_CASES' },
  seedVariable: 'MANX_FUZZ_SEED',
  held: 'cases were answered',
  failed: 'something that users can write is not answered',
}
