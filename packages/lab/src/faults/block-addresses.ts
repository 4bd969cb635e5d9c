import type { LabApi } from '../cluster/lab-api.ts'

/** Every address of every block that a node has. */
export async function addressesOfBlocks(api: LabApi): Promise<readonly string[]> {
  const { items } = await api.get<{ items: { spec: { cidr: string } }[] }>('/apis/projectcalico.org/v3/ipamblocks')
  return items.flatMap(({ spec }) => addressesOf(spec.cidr))
}

/** Of blocks of up to 256 addresses, whose last byte alone changes. */
export function addressesOf(cidr: string): readonly string[] {
  const [base = '', length = ''] = cidr.split('/')
  const isV6 = base.includes(':')
  const count = 2 ** ((isV6 ? 128 : 32) - Number(length))
  const at = base.lastIndexOf(isV6 ? ':' : '.') + 1
  const [head, last] = [base.slice(0, at), base.slice(at)]
  const first = last === '' ? 0 : Number.parseInt(last, isV6 ? 16 : 10)
  return Array.from(
    { length: Math.min(count, 256) },
    (_, index) => `${head}${(first + index).toString(isV6 ? 16 : 10)}`,
  )
}
