const longest = 200

/** A name for an Event about the object of this name. `suffix` tells it from others; letters and digits, 16 or so. */
export function eventName(object: string, suffix: string): string {
  // Cut off, a name may end in what may stand only between letters and digits.
  return `${object.slice(0, longest).replace(/[-.]+$/, '')}.${suffix}`
}
