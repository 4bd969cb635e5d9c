import { constants } from 'node:os'

const names = new Map<number, string>()
for (const [name, value] of Object.entries(constants.errno)) {
  if (!names.has(value)) names.set(value, name)
}
// Node has the POSIX names only; these are what netlink answers beside them.
const linuxOnly: Readonly<Record<string, number>> = {
  ENOTUNIQ: 76,
  EREMCHG: 78,
  EUSERS: 87,
  ESHUTDOWN: 108,
  EOPNOTSUPP: 95,
  ENETDOWN: 100,
  EUCLEAN: 117,
  EMEDIUMTYPE: 124,
}
for (const [name, value] of Object.entries(linuxOnly)) names.set(value, name)

/** The errno's name (`EEXIST`); `errno 4095` for one without a name. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `errno ${errno}`
}
