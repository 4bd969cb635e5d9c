import { readFileSync, writeFileSync } from 'node:fs'

/** What a process has used so far. */
export interface ProcessUsage {
  /** MiB; the highest that it had resident. */
  readonly peak: number
  readonly resident: number
  /** Resident, with pages that others map too counted in part. */
  readonly proportional: number
  /** Milliseconds of all its threads, user and system. */
  readonly cpu: number
}

export function usageOf(pid: number): ProcessUsage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  return {
    peak: mebibytes(status, 'VmHWM'),
    resident: mebibytes(status, 'VmRSS'),
    proportional: mebibytes(rollup, 'Pss'),
    cpu: cpuOf(pid),
  }
}

/** The peak begins anew with what is resident now. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/** Milliseconds of CPU. */
export function cpuOf(pid: number): number {
  // Fields 14 and 15, of which the second, in parentheses, may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * (1000 / ticksPerSecond)
}

/** USER_HZ, the same on all architectures that are left. */
const ticksPerSecond = 100

function mebibytes(text: string, field: string): number {
  const [, kibibytes] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text) ?? []
  return Number(kibibytes) / 1024
}
