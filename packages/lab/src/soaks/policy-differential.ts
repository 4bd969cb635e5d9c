import type { LongTest } from './long-test.ts'

/** Makes its own namespaces. */
export const policyDifferential: LongTest = {
  description: 'sends packets through random policies, and compares what arrives with the reference evaluator',
  packageName: 'felix',
  file: 'test/differential/differential.test.ts',
  count: { option: 'pairs', description: 'packets to compare', usual: 200_000, variable: 'MANX_DIFFERENTIAL_PAIRS' },
  seedVariable: 'MANX_DIFFERENTIAL_SEED',
  held: 'verdicts agreed',
  failed: 'the kernel and the evaluator do not agree',
}
