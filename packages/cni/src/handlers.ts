import type { WorkloadEndpoint } from '@manx/api'
import { type AddContext, add } from './attach/add.ts'
import { annotateLater } from './attach/annotate-later.ts'
import type { Attachment } from './attach/attachment.ts'
import { AttachmentLocks } from './attach/attachment-locks.ts'
import { check } from './attach/check.ts'
import { collect } from './attach/collect.ts'
import { del } from './attach/delete.ts'
import { createDetacher, describe } from './attach/detach.ts'
import type { Journal } from './attach/journal.ts'
import type { Plumbing } from './attach/plumbing.ts'
import type { CniPorts } from './ports.ts'
import { CniError, cniErrorNumbers, isCniError, messageOf } from './spec/cni-error.ts'
import { type CniEnvironment, parseEnvironment } from './spec/environment.ts'
import { formatError } from './spec/format-error.ts'
import { type NetworkConfig, parseNetworkConfig, peekVersion } from './spec/network-config.ts'
import { formatResult } from './spec/result.ts'
import { cniVersions, newestVersion, verbs, versionAtLeast } from './spec/versions.ts'
import type { CniReply, CniRequest } from './wire/frames.ts'

export interface CniHandlers {
  /** Answers one request of the executable; never rejects. */
  serve(request: CniRequest, signal: AbortSignal): Promise<CniReply>
  /** What is attached, oldest first, to be programmed again when the agent starts. */
  attachments(): readonly WorkloadEndpoint[]
  /** Takes apart what an ADD of an earlier run left half done. Failures are logged: DEL or GC will try again. */
  recover(): Promise<void>
  /** Stops what goes on in the background. */
  close(): void
}

export interface CniHandlerOptions {
  readonly ports: CniPorts
  readonly journal: Journal
  readonly plumbing: Plumbing
}

/** The verbs of the CNI specification over the node's parts. Calls about one container are done one after another. */
export function createCniHandlers({ ports, journal, plumbing }: CniHandlerOptions): CniHandlers {
  const now = ports.now ?? Date.now
  const detacher = createDetacher(ports, journal, plumbing)
  const locks = new AttachmentLocks(journal)
  const background = new AbortController()
  const annotations = annotateLater(ports, background.signal)
  const context: AddContext = { ports, journal, plumbing, detacher, now }

  const run = async (environment: CniEnvironment, config: NetworkConfig, signal: AbortSignal): Promise<string> => {
    switch (environment.verb) {
      case 'VERSION':
        return JSON.stringify({ cniVersion: config.cniVersion, supportedVersions: cniVersions })
      case 'STATUS': {
        const readiness = ports.readiness()
        if (readiness.ready) return ''
        throw new CniError(readiness.limited ? 'limitedConnectivity' : 'notAvailable', readiness.reason)
      }
      case 'ADD': {
        const { result, attachment } = await locks.ofCall(
          environment,
          () => add(context, environment, config, signal),
          signal,
        )
        annotations.write(attachment.endpoint)
        ports.logger.info('connected a pod', describe(attachment.endpoint))
        return formatResult(config.cniVersion, result)
      }
      case 'DEL': {
        const attachment = await locks.ofCall(environment, () => del(context, environment, config, signal), signal)
        if (attachment !== undefined) forget(attachment)
        return ''
      }
      case 'CHECK':
        await locks.ofCall(environment, () => check(context, environment, config), signal)
        return ''
      case 'GC':
        await collect({ journal, detacher, locks, now, forget }, config, signal)
        return ''
    }
  }

  const forget = (attachment: Attachment) => {
    annotations.clear(attachment.endpoint)
    ports.logger.info('disconnected a pod', describe(attachment.endpoint))
  }

  return {
    serve: async (request, signal) => {
      const started = performance.now()
      const verb = request.environment.CNI_COMMAND ?? ''
      let code = 0
      let reply: CniReply
      try {
        const environment = parseEnvironment(request.environment)
        const config = parseConfig(environment, request.input)
        reply = { exitCode: 0, output: await run(environment, config, signal) }
      } catch (error) {
        code = isCniError(error) ? error.number : cniErrorNumbers.internal
        report(ports, request, error)
        reply = { exitCode: 1, output: formatError(peekVersion(request.input) ?? newestVersion, error) }
      }
      ports.observe?.(
        Object.hasOwn(verbs, verb) ? (verb as keyof typeof verbs) : 'unknown',
        code,
        (performance.now() - started) / 1000,
      )
      return reply
    },
    attachments: () =>
      journal
        .list()
        .filter(({ state }) => state === 'ready')
        .toSorted((a, b) => a.createdAt - b.createdAt)
        .map(({ endpoint }) => endpoint),
    recover: async () => {
      for (const attachment of journal.list()) {
        if (attachment.state === 'ready') continue
        const undo = async () => {
          if (journal.get(attachment) === attachment) await detacher.undo(attachment)
        }
        // Ends early when the agent does; the next start goes on.
        await locks.ofAttachment(attachment, undo, background.signal).catch(() => undefined)
      }
    },
    close: () => background.abort(),
  }
}

/** VERSION and STATUS need no network; the others must speak a version that has the verb. */
function parseConfig(environment: CniEnvironment, input: Uint8Array): NetworkConfig {
  const config = parseNetworkConfig(input)
  const since = verbs[environment.verb]
  if (versionAtLeast(config.cniVersion, since)) return config
  throw new CniError('incompatibleVersion', `cniVersion: ${config.cniVersion} has no ${environment.verb}`, {
    details: `it came with ${since}`,
  })
}

function report(ports: CniPorts, request: CniRequest, error: unknown): void {
  const { CNI_COMMAND: verb, CNI_CONTAINERID: containerId, CNI_ARGS: args } = request.environment
  // The kubelet asks for STATUS every few seconds; the readiness endpoint logs its changes.
  if (verb === 'STATUS') return
  const code = isCniError(error) ? error.number : cniErrorNumbers.internal
  const details = isCniError(error) && error.details !== '' ? { details: error.details } : {}
  const fields = { verb, containerId, args, code, error: messageOf(error), ...details }
  if (isCniError(error)) ports.logger.warn('CNI request failed', fields)
  else ports.logger.error('CNI request failed', { ...fields, stack: stackOf(error) })
}

function stackOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'stack' in error ? String(error.stack) : undefined
}
