// What the followed processes have in common: lines on standard output, with times that the benchmark can compare.

/** Milliseconds of CLOCK_MONOTONIC. */
const monotonic = () => Number(process.hrtime.bigint()) / 1e6

/** To be made when the informer is about to begin. Tells of its pods: when as many as were asked for are known, and of each change of the label `bench`. */
export function createTeller(expected) {
  const labels = new Map()
  const began = monotonic()
  console.log('begins')
  return {
    seen: (key, label) => {
      const before = labels.get(key)
      labels.set(key, label)
      if (before === undefined && labels.size === expected) console.log(`complete ${monotonic() - began}`)
      if (before !== undefined && before !== label) console.log(`seen ${label} ${monotonic()}`)
    },
  }
}
