import { blockAffinityName, blockName, handleName } from '../core/ipam-names.ts'
import { isObject } from '../schema/validate.ts'
import type { ConversionInput } from './read-input.ts'

/** IPAM data as an export has it: lists of keys of Calico's etcd and what is stored there. */
const lists = ['block_affinities', 'blocks', 'handles'] as const

type IpamExport = Readonly<Record<string, unknown>>

/** Whether a document is the IPAM data of an export. */
export function isIpamExport(value: unknown): value is IpamExport {
  if (!isObject(value) || 'kind' in value || 'apiVersion' in value) return false
  return [...lists, 'config'].some((field) => field in value)
}

/** The objects that the data stands for. An entry that makes no sense is there, too, as it is, to be reported. */
export function ipamExportObjects(data: IpamExport, place: string): ConversionInput[] {
  const known: readonly string[] = [...lists, 'config']
  const strange = Object.entries(data).filter(([field]) => !known.includes(field))
  const entries = lists.flatMap((field) => {
    const listed = data[field] ?? []
    return (Array.isArray(listed) ? listed : [listed]).map((entry: unknown, index) => ({
      place: `${place}, ${field}[${index}]`,
      value: objectOf(field, entry) ?? entry,
    }))
  })
  const config = data.config ?? undefined
  const configs = config === undefined ? [] : [{ place: `${place}, config`, value: configOf(config) ?? config }]
  return [...configs, ...entries, ...strange.map(([field, value]) => ({ place: `${place}, ${field}`, value }))]
}

function objectOf(field: (typeof lists)[number], entry: unknown): object | undefined {
  if (!isObject(entry) || typeof entry.Key !== 'string' || !isObject(entry.Value)) return undefined
  const { Key: key, Value: value } = entry
  if (field === 'handles') {
    const [, handleID] = /\/handle\/(.+)$/.exec(key) ?? []
    return handleID === undefined ? undefined : stored('IPAMHandle', handleName(handleID), { handleID, ...value })
  }
  const cidr = cidrOf(key)
  if (cidr === undefined) return undefined
  if (field === 'blocks') return stored('IPAMBlock', blockName(cidr), { cidr, ...value })
  const [, type, node] = /\/(host|virtual)\/([^/]+)\/ipv[46]\/block\//.exec(key) ?? []
  if (node === undefined || type === undefined) return undefined
  return stored('BlockAffinity', blockAffinityName(node, cidr), { cidr, node, type, ...value })
}

/** `…/block/10.0.0.0-26` → `10.0.0.0/26`. */
function cidrOf(key: string): string | undefined {
  const [, address, length] = /\/block\/([^/]+)-(\d+)$/.exec(key) ?? []
  return address === undefined ? undefined : `${address}/${length}`
}

const configFields: Readonly<Record<string, string>> = {
  strict_affinity: 'strictAffinity',
  auto_allocate_blocks: 'autoAllocateBlocks',
}

function configOf(entry: unknown): object | undefined {
  if (!isObject(entry) || !isObject(entry.Value)) return undefined
  const fields = Object.entries(entry.Value).map(([name, value]) => [configFields[name] ?? name, value])
  // Fields that are false are not written there, but true is what they would be by default here.
  const off = { strictAffinity: false, autoAllocateBlocks: false }
  return stored('IPAMConfig', 'default', { ...off, ...Object.fromEntries(fields) })
}

const stored = (kind: string, name: string, spec: object) => ({
  apiVersion: 'crd.projectcalico.org/v1',
  kind,
  metadata: { name },
  spec,
})
