import { CniError } from './cni-error.ts'

/** Versions of the CNI specification that we speak, oldest first. */
export const cniVersions = ['0.3.1', '0.4.0', '1.0.0', '1.1.0'] as const

export type CniVersion = (typeof cniVersions)[number]

/** Of a request whose own version could not be read. */
export const newestVersion: CniVersion = '1.1.0'

/** Every verb, with the first version that has it. */
export const verbs = {
  ADD: '0.3.1',
  DEL: '0.3.1',
  VERSION: '0.3.1',
  CHECK: '0.4.0',
  GC: '1.1.0',
  STATUS: '1.1.0',
} as const satisfies Record<string, CniVersion>

export type Verb = keyof typeof verbs

export function isVerb(text: string): text is Verb {
  return Object.hasOwn(verbs, text)
}

export function isCniVersion(text: unknown): text is CniVersion {
  return cniVersions.some((version) => version === text)
}

/** True when `version` is `atLeast` or newer. */
export function versionAtLeast(version: CniVersion, atLeast: CniVersion): boolean {
  return cniVersions.indexOf(version) >= cniVersions.indexOf(atLeast)
}

/** Reads the `cniVersion` of a configuration; absent means 0.1.0, as the specification has it, which nobody should use. */
export function parseVersion(value: unknown): CniVersion {
  const version = value === undefined ? '0.1.0' : value
  if (isCniVersion(version)) return version
  throw new CniError('incompatibleVersion', `cniVersion: ${JSON.stringify(version)} is not supported`, {
    details: `supported versions are ${cniVersions.join(', ')}`,
  })
}
