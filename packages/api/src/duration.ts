/** What the API server accepts as a duration; the empty string is one of no length. */
export const durationPattern = String.raw`^(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h))*)$`

const milliseconds: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** Milliseconds of a duration as Go writes it (`1m30s`, `1.5h`, `0`); undefined for anything else, also for negative ones. */
export function parseDuration(text: string): number | undefined {
  if (text === '' || !new RegExp(durationPattern, 'u').test(text)) return undefined
  let total = 0
  for (const [, count = '', unit = ''] of text.matchAll(/([0-9.]+)([a-zµ]+)/g)) {
    total += Number(count) * (milliseconds[unit] ?? 0)
  }
  return total
}
