/** Estimated bytes of one member of a Set; a member among bits costs a share of what the largest number needs. */
const bytesOfMember = 32

/**
 * A set of small whole numbers that takes little memory, be they one, few or most: the number itself, a Set, or bits. While it
 * is iterated over, the number that was just given may be deleted, and nothing else may change.
 */
export class NumberSet {
  #members: number | Set<number> | Uint32Array | undefined
  #size = 0
  #largest = 0

  get size(): number {
    return this.#size
  }

  has(number: number): boolean {
    const members = this.#members
    if (members === undefined) return false
    if (typeof members === 'number') return members === number
    return members instanceof Set ? members.has(number) : hasBit(members, number)
  }

  add(number: number): void {
    if (this.has(number)) return
    this.#size++
    if (number > this.#largest) this.#largest = number
    const members = this.#members
    if (members === undefined) this.#members = number
    else if (typeof members === 'number') this.#members = new Set([members, number])
    else if (members instanceof Set) this.#addToSet(members, number)
    else this.#addToBits(members, number)
  }

  delete(number: number): void {
    if (!this.has(number)) return
    this.#size--
    const members = this.#members
    if (this.#size === 0) {
      this.#members = undefined
      this.#largest = 0
    } else if (members instanceof Set) {
      members.delete(number)
    } else if (members instanceof Uint32Array) {
      const index = number >>> 5
      members[index] = (members[index] ?? 0) & ~bitOf(number)
      // Far below the limit at which bits are chosen, so that a set at the limit does not change its form all the time.
      if (this.#size * bytesOfMember * 4 < members.byteLength) this.#members = new Set(this)
    }
  }

  *[Symbol.iterator](): Generator<number> {
    const members = this.#members
    if (members === undefined) return
    if (typeof members === 'number') yield members
    else if (members instanceof Set) yield* members
    else yield* numbersOfBits(members)
  }

  #addToSet(members: Set<number>, number: number): void {
    members.add(number)
    if (this.#size * bytesOfMember < bytesOfBits(this.#largest)) return
    const bits = new Uint32Array(bytesOfBits(this.#largest) / 4)
    for (const member of members) setBit(bits, member)
    this.#members = bits
  }

  #addToBits(members: Uint32Array, number: number): void {
    if (number >>> 5 < members.length) {
      setBit(members, number)
    } else if (this.#size * bytesOfMember * 2 < bytesOfBits(number)) {
      this.#members = new Set(numbersOfBits(members)).add(number)
    } else {
      const larger = new Uint32Array(bytesOfBits(number + (number >>> 2)) / 4)
      larger.set(members)
      setBit(larger, number)
      this.#members = larger
    }
  }
}

function bytesOfBits(largest: number): number {
  return ((largest >>> 5) + 1) * 4
}

function bitOf(number: number): number {
  return 1 << (number & 31)
}

function hasBit(bits: Uint32Array, number: number): boolean {
  return ((bits[number >>> 5] ?? 0) & bitOf(number)) !== 0
}

function setBit(bits: Uint32Array, number: number): void {
  const index = number >>> 5
  bits[index] = (bits[index] ?? 0) | bitOf(number)
}

function* numbersOfBits(bits: Uint32Array): Generator<number> {
  for (let index = 0; index < bits.length; index++) {
    // A copy of the word: members deleted meanwhile were in it when it was reached.
    let word = bits[index] ?? 0
    while (word !== 0) {
      const lowest = 31 - Math.clz32(word & -word)
      yield index * 32 + lowest
      word &= word - 1
    }
  }
}
