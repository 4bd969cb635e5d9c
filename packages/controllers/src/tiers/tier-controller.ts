import {
  builtInTiers,
  createWorkQueue,
  isApiError,
  nextConditions,
  resourceOf,
  setFinalizer,
  Tier,
  untilSynced,
} from '@manx/api'
import type { ControllerOptions } from '@manx/ipam'
import { type KnownTier, type TierInformers, tieredResources, tierFinalizer, tierOf } from './tier-informers.ts'
import { heldMessage, tierConditions } from './tier-status.ts'

export interface TierControllerOptions extends ControllerOptions<TierInformers> {
  /** False while tiers are not to be protected from deletion: nobody could be there to let them go. Default: always true. */
  readonly protects?: () => boolean
  /** True while tiers go for good: then no built-in ones are made. Default: never. */
  readonly isLeaving?: () => boolean
}

/**
 * Keeps the built-in tiers in existence, and a tier that is deleted until no policy is in it: policies whose tier vanished
 * would hold no more, or in another place.
 */
export interface TierController {
  /** Waits for the informers, then works until the signal. */
  run(signal: AbortSignal): Promise<void>
  /** Looks at all tiers once more: what `protects` says has changed. */
  refresh(): void
  readonly backlog: number
}

const fieldManager = 'manx-controllers'
/** How long changes of policies are gathered before the tier that waits for them is looked at. */
const gathering = 200

export function createTierController(options: TierControllerOptions): TierController {
  const { client, informers, logger, guard, report = () => undefined, protects = () => true, now = Date.now } = options
  const { isLeaving = () => false } = options
  const { store } = informers.tiers
  const tiers = resourceOf(Tier)

  const setGuarded = (name: string, wanted: boolean, signal: AbortSignal) =>
    setFinalizer(client, tiers, name, { finalizer: tierFinalizer, wanted }, { fieldManager, signal })

  /** The policies in the tier. Those that informers pass over as malformed count, too, once they know of no other. */
  const holdersOf = async (tier: string, signal: AbortSignal): Promise<readonly string[]> => {
    const known = informers.policies.flatMap(({ resource, store: policies }) =>
      [...policies.entries()].filter(([, its]) => its === tier).map(([key]) => `${resource.kind} ${key}`),
    )
    if (known.length > 0) return known
    const lists = tieredResources.map(async (resource) => {
      const { items } = await client.list(resource, { fieldSelector: `spec.tier=${tier}`, signal })
      return items
        .filter((policy) => tierOf(policy) === tier)
        .map(({ metadata: { namespace, name } }) => {
          return `${resource.kind} ${namespace === undefined ? name : `${namespace}/${name}`}`
        })
    })
    return (await Promise.all(lists)).flat()
  }
  const create = async (name: string, signal: AbortSignal) => {
    const wanted = builtInTiers.find((one) => one.name === name)
    if (wanted === undefined || isLeaving()) return
    const { order, defaultAction } = wanted
    try {
      await client.create(tiers, { metadata: { name }, spec: { order, defaultAction } }, { fieldManager, signal })
      logger.info(`Made the built-in tier ${name}`, { tier: name })
    } catch (error) {
      // There is one that the informer does not show yet.
      if (!isApiError(error, 'AlreadyExists')) throw error
    }
  }
  /** An order that nobody wrote is that of `default`, which for the others is wrong. */
  const complete = async ({ name, order, defaultAction }: KnownTier, signal: AbortSignal) => {
    const wanted = builtInTiers.find((one) => one.name === name)
    if (wanted === undefined || (order === wanted.order && defaultAction === wanted.defaultAction)) return
    const spec = { order: wanted.order, defaultAction: wanted.defaultAction }
    await client.patch(tiers, name, { spec }, { fieldManager, signal })
  }
  const sync = async (name: string, signal: AbortSignal) => {
    const tier = store.get(name)
    if (tier === undefined) return create(name, signal)
    if (!tier.terminating) {
      if (!tier.guarded && protects()) await setGuarded(name, true, signal)
      await complete(tier, signal)
      return tell(tier, [], signal)
    }
    // A built-in one comes back at once, and is in force meanwhile: all readers know it.
    const isBuiltIn = builtInTiers.some((one) => one.name === name)
    const holders = isBuiltIn ? [] : await holdersOf(name, signal)
    if (tier.guarded && holders.length === 0) {
      await setGuarded(name, false, signal)
      logger.info(`Tier ${name}: no policy is in it, so it goes`, { tier: name })
      return
    }
    await tell(tier, holders, signal)
  }
  const tell = async (tier: KnownTier, holders: readonly string[], signal: AbortSignal) => {
    const { name, uid, generation } = tier
    const wanted = tierConditions(tier, holders)
    const conditions = nextConditions(tier.conditions, wanted, { now: now(), generation })
    if (conditions === undefined) return
    const apply = { fieldManager, force: true, subresource: 'status', signal } as const
    try {
      await client.apply(tiers, { metadata: { name }, status: { conditions } }, apply)
    } catch (error) {
      // An API server that checks more than it did when the tier was stored may take no write of a malformed one.
      if (!isApiError(error, 'NotFound') && !(tier.fault !== undefined && isApiError(error, 'Invalid'))) throw error
      return
    }
    if (holders.length === 0 || tier.conditions.some(({ type }) => type === 'Terminating')) return
    const note = heldMessage(holders)
    logger.warn(`Tier ${name}: ${note}`, { tier: name })
    const of = { apiVersion: 'projectcalico.org/v3', kind: 'Tier', name, ...(uid === undefined ? {} : { uid }) }
    report({ ...of, type: 'Warning', reason: 'PoliciesInTier', action: 'Delete', note })
  }
  const queue = createWorkQueue({ name: 'tiers', logger, process: sync, ...(guard === undefined ? {} : { guard }) })
  const addAll = () => {
    for (const { name } of [...builtInTiers, ...store.list()]) queue.add(name)
  }
  store.subscribe(({ key }) => queue.add(key))
  for (const { store: policies } of informers.policies) {
    policies.subscribe((change) => {
      const tier = change.type === 'added' ? change.object : change.previous
      if (store.get(tier)?.terminating === true) queue.addAfter(tier, gathering)
    })
  }
  return {
    refresh: addAll,
    get backlog() {
      return queue.size
    },
    run: async (signal) => {
      if (!(await untilSynced([informers.tiers, ...informers.policies], signal))) return
      addAll()
      await queue.run(signal)
    },
  }
}
