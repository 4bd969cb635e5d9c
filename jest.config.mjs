/** @type {import('jest').Config} One preset for every package: its tests are test/…/*.test.ts, run as ES modules. */
export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/../../scripts/strip-types.cjs' },
  injectGlobals: false,
  restoreMocks: true,
  testTimeout: 30_000,
}
