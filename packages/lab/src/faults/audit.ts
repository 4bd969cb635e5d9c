import { open } from 'node:fs/promises'
import { labFolder } from '../host/lab-folder.ts'

/** A request of Manx that the API server wrote down. */
export interface AuditedRequest {
  /** Node of the agent, else name of the pod, else that of the service account. */
  readonly client: string
  readonly verb: string
  readonly resource: string
  /** Absent for those that are about many. */
  readonly name?: string
  readonly code: number
  /** When it came, in milliseconds of the epoch. */
  readonly at: number
}

/** Where the audit log ends now: what is read later starts here. */
export async function auditMark(lab: string): Promise<number> {
  const file = await open(labFolder(lab).log('audit'), 'r').catch(() => undefined)
  if (file === undefined) return 0
  const { size } = await file.stat()
  await file.close()
  return size
}

/** Requests since the mark, without the starts of watches that are told twice. */
export async function auditedSince(lab: string, mark: number): Promise<readonly AuditedRequest[]> {
  const file = await open(labFolder(lab).log('audit'), 'r')
  try {
    const { size } = await file.stat()
    const buffer = Buffer.alloc(Math.max(0, size - mark))
    await file.read(buffer, 0, buffer.length, mark)
    return readAudit(buffer.toString())
  } finally {
    await file.close()
  }
}

interface AuditEvent {
  readonly stage: string
  readonly verb: string
  readonly user: { readonly username: string; readonly extra?: Readonly<Record<string, readonly string[]>> }
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string; readonly name?: string }
  readonly responseStatus?: { readonly code?: number }
  readonly requestReceivedTimestamp: string
}

export function readAudit(text: string): readonly AuditedRequest[] {
  return text
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter(({ stage, verb }) => (verb === 'watch' ? stage === 'ResponseStarted' : stage === 'ResponseComplete'))
    .map(({ user, verb, objectRef, responseStatus, requestReceivedTimestamp }) => {
      const [node] = user.extra?.['authentication.kubernetes.io/node-name'] ?? []
      const [pod] = user.extra?.['authentication.kubernetes.io/pod-name'] ?? []
      const account = user.username.split(':').at(-1) ?? user.username
      const { resource = '', subresource, name } = objectRef ?? {}
      return {
        client: (account === 'manx-agent' ? node : pod) ?? account,
        verb,
        resource: subresource === undefined ? resource : `${resource}/${subresource}`,
        ...(name === undefined ? {} : { name }),
        code: responseStatus?.code ?? 0,
        at: Date.parse(requestReceivedTimestamp),
      }
    })
}

/**
 * Lists and watches of one resource, or of one object, by one client of which there are more than `limit` in some `seconds`:
 * what asks now and then is no storm, however long it is watched.
 */
export function repeated(requests: readonly AuditedRequest[], limit: number, seconds: number): readonly string[] {
  const reads = requests.filter(({ verb }) => verb === 'list' || verb === 'watch')
  const what = ({ client, verb, resource, name }: AuditedRequest) =>
    [`${client}: ${verb} ${resource}`, ...(name === undefined ? [] : [name])].join(' ')
  return [...Map.groupBy(reads, what)].flatMap(([text, same]) => {
    const times = same.map(({ at }) => at).toSorted((a, b) => a - b)
    const most = Math.max(
      ...times.map((first, index) => times.slice(index).filter((at) => at < first + seconds * 1000).length),
    )
    return most > limit ? [`${text} ${most} times in ${seconds} s`] : []
  })
}
