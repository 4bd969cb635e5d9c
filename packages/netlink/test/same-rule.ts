import type { NftExpression, NftRule } from '../src/index.ts'

/** Registers that the kernel names otherwise when it dumps them: NFT_REG32_00 is NFT_REG_1, and so on. */
const wideRegisters: Readonly<Record<number, number>> = { 8: 1, 12: 2, 16: 3, 20: 4 }
const registerFields = new Set(['register', 'destination', 'from', 'to'])

/**
 * A text that is equal for rules which are the same to the kernel: comment and expressions, with registers named in one way,
 * defaults filled in and counters' values left out. For comparing wanted rules with those of a dump.
 */
export function ruleFingerprint(rule: Pick<NftRule, 'expressions' | 'comment'>): string {
  return JSON.stringify([rule.comment ?? '', rule.expressions.map(canonical)])
}

function canonical(expression: NftExpression): unknown {
  switch (expression.type) {
    case 'counter':
      return ['counter']
    case 'limit': {
      const unit = expression.unit ?? 'packets'
      const burst = expression.burst ?? (unit === 'bytes' ? 0 : 5)
      return ['limit', expression.rate, expression.per, burst, unit, expression.over === true]
    }
    case 'log': {
      const { group, prefix = '', snapLength = 0, queueThreshold = 0 } = expression
      return [
        'log',
        group ?? -1,
        prefix,
        snapLength,
        queueThreshold,
        group === undefined ? (expression.level ?? 4) : -1,
      ]
    }
    case 'fib':
      return [
        'fib',
        expression.result,
        expression.flags.toSorted(),
        expression.present === true,
        register(expression.register),
      ]
    case 'dynset':
      return [
        'dynset',
        expression.set,
        expression.operation,
        expression.timeout ?? 0,
        register(expression.register),
        (expression.expressions ?? []).map(canonical),
      ]
    default:
      return plain({ register: 1, ...expression })
  }
}

function register(number: number | undefined): number {
  return number === undefined ? 1 : (wideRegisters[number] ?? number)
}

/** Sorted by key, without what is false or absent, bytes as text. */
function plain(value: object): unknown {
  const entries: [string, unknown][] = []
  for (const [key, field] of Object.entries(value)) {
    if (field === undefined || field === false) continue
    if (registerFields.has(key) && typeof field === 'number') entries.push([key, register(field)])
    else if (ArrayBuffer.isView(field)) entries.push([key, Array.from(field as Uint8Array)])
    else if (typeof field === 'object' && field !== null) entries.push([key, plain(field)])
    else entries.push([key, field])
  }
  return entries.sort(([a], [b]) => (a < b ? -1 : 1))
}
