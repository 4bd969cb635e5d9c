import { type ImageEntry, machinePrograms } from '@manx/image'
import { commandPath } from '@manx/testbed'

/** What the upstream tests run inside their pods with `sh -c`, and the Debian package of each. */
const wanted: Readonly<Record<string, string>> = {
  sh: 'dash',
  cat: 'coreutils',
  date: 'coreutils',
  env: 'coreutils',
  head: 'coreutils',
  hostname: 'hostname',
  ls: 'coreutils',
  mkdir: 'coreutils',
  rm: 'coreutils',
  seq: 'coreutils',
  sleep: 'coreutils',
  sort: 'coreutils',
  tail: 'coreutils',
  timeout: 'coreutils',
  tr: 'coreutils',
  wc: 'coreutils',
  grep: 'grep',
  sed: 'sed',
  ip: 'iproute2',
  ping: 'iputils-ping',
  curl: 'curl',
  dig: 'bind9-dnsutils',
  nc: 'netcat-openbsd',
}

export interface TestTools {
  readonly entries: readonly ImageEntry[]
  /** Debian packages of what this machine lacks: pods do without, tests that use it fail. */
  readonly missingPackages: readonly string[]
}

/** A shell and network tools of this machine, as files for an image. */
export async function testTools(): Promise<TestTools> {
  const programs: Record<string, string> = {}
  const missing = new Set<string>()
  for (const [name, debianPackage] of Object.entries(wanted)) {
    const path = commandPath(name)
    if (path === undefined) missing.add(debianPackage)
    else programs[`/bin/${name}`] = path
  }
  return { entries: await machinePrograms(programs), missingPackages: [...missing] }
}
