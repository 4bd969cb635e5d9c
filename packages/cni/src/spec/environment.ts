import { CniError } from './cni-error.ts'
import { isVerb, type Verb, verbs } from './versions.ts'

/** The CNI_* variables of one call, each of the form its verb asks for. */
export interface CniEnvironment {
  readonly verb: Verb
  /** Empty for GC, STATUS and VERSION. */
  readonly containerId: string
  /** Empty for GC, STATUS and VERSION. */
  readonly interfaceName: string
  /** Path of the pod's network namespace; a DEL may come without one. */
  readonly namespace: string | undefined
  readonly args: string
}

/** Longest container id that still makes a legal file name of the journal and a legal name of an IPAM handle. */
const longestContainerId = 200

/** Reads and checks CNI_*; a CniError names the variable. */
export function parseEnvironment(variables: Readonly<Record<string, string | undefined>>): CniEnvironment {
  const verb = variables.CNI_COMMAND ?? ''
  if (!isVerb(verb)) {
    throw invalid('CNI_COMMAND', verb, `must be one of ${Object.keys(verbs).join(', ')}`)
  }
  const ofAttachment = verb === 'ADD' || verb === 'DEL' || verb === 'CHECK'
  return {
    verb,
    containerId: ofAttachment ? containerId(variables.CNI_CONTAINERID ?? '') : '',
    interfaceName: ofAttachment ? interfaceName(variables.CNI_IFNAME ?? '') : '',
    namespace: ofAttachment ? namespace(variables.CNI_NETNS ?? '', verb !== 'DEL') : undefined,
    args: variables.CNI_ARGS ?? '',
  }
}

/** What the specification allows as a container id. */
export function isContainerId(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(text) && text.length <= longestContainerId
}

/** What Linux allows as the name of an interface. */
export function isInterfaceName(text: string): boolean {
  return /^[^\s/:\0]{1,15}$/.test(text) && text !== '.' && text !== '..'
}

function containerId(text: string): string {
  if (isContainerId(text)) return text
  const allowed = `must begin with a letter or digit, go on with letters, digits, '_', '.' or '-', and have at most ${longestContainerId} characters`
  throw invalid('CNI_CONTAINERID', text, allowed)
}

function interfaceName(text: string): string {
  if (isInterfaceName(text)) return text
  throw invalid('CNI_IFNAME', text, "must be an interface name: 1 to 15 characters without space, '/' or ':'")
}

function namespace(text: string, required: boolean): string | undefined {
  if (text === '' && !required) return undefined
  if (text.startsWith('/')) return text
  throw invalid('CNI_NETNS', text, 'must be the absolute path of a network namespace')
}

function invalid(variable: string, value: string, allowed: string): CniError {
  const found = value === '' ? 'is not set' : `is ${JSON.stringify(value)}`
  return new CniError('invalidEnvironment', `${variable} ${found}: it ${allowed}`)
}
