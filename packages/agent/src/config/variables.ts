import { type Family, parseAddress, parsePrefix } from '@manx/api'

export type Environment = Readonly<Record<string, string | undefined>>

/** A variable that cannot be understood. */
export interface ConfigIssue {
  readonly variable: string
  readonly value: string
  readonly allowed: string
}

/** Reads variables one by one and collects what is wrong, so that one run names all faults. */
export class Variables {
  readonly issues: ConfigIssue[] = []
  readonly #environment: Environment

  constructor(environment: Environment) {
    this.#environment = environment
  }

  /** Undefined when unset or empty: manifests leave optional values empty. */
  text(variable: string): string | undefined {
    const value = this.#environment[variable]?.trim()
    return value === '' ? undefined : value
  }

  /** What `parse` makes of the variable; an issue when it returns undefined for a value that is there. */
  read<T>(variable: string, allowed: string, parse: (text: string) => T | undefined): T | undefined {
    const value = this.text(variable)
    if (value === undefined) return undefined
    const parsed = parse(value)
    if (parsed === undefined) this.issues.push({ variable, value, allowed })
    return parsed
  }

  flag(variable: string): boolean | undefined {
    return this.read(variable, 'true or false', (text) => {
      if (/^(true|1|yes|enabled)$/i.test(text)) return true
      return /^(false|0|no|disabled)$/i.test(text) ? false : undefined
    })
  }

  integer(variable: string, least: number, most: number): number | undefined {
    return this.read(variable, `a whole number from ${least} to ${most}`, (text) => {
      const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
      return number >= least && number <= most ? number : undefined
    })
  }

  cidr(variable: string, family: Family): string | undefined {
    return this.read(variable, `an IPv${family} CIDR without host bits`, (text) =>
      parsePrefix(text, { strict: true })?.family === family ? text : undefined,
    )
  }

  address(variable: string, family: Family): string | undefined {
    return this.read(variable, `an IPv${family} address`, (text) =>
      parseAddress(text)?.family === family ? text : undefined,
    )
  }
}
