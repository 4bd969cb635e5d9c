import type { WantedCondition } from '@manx/api'
import type { Pool } from '../pools/pool.ts'

/** Calico's name for it: whoever manages the pool knows what it is. */
export const poolFinalizer = 'projectcalico.org/ippool-finalizer'

/** What still has addresses of a pool that is being deleted. */
export interface Held {
  readonly blocks: number
  readonly addresses: number
}

/** Whether a pool serves, in the words of its condition `Allocatable`. */
export function allocatable(pool: Pool, held?: Held): WantedCondition {
  const because = (reason: string, message: string): WantedCondition => {
    return { type: 'Allocatable', status: 'False', reason, message }
  }
  if (pool.terminating) return because('Terminating', terminatingMessage(pool, held))
  if (pool.malformed === true) return because('Invalid', faultOf(pool))
  if (pool.overlaps !== undefined) return because('CIDROverlap', overlapMessage(pool.overlaps))
  if (pool.disabled) return because('Disabled', 'spec.disabled is true')
  if (pool.closed !== undefined) return because('Invalid', pool.closed)
  return { type: 'Allocatable', status: 'True', reason: 'OK', message: '' }
}

/** All that is said of a pool: `Allocatable` always, the others while they hold. */
export function poolConditions(pool: Pool, held?: Held): readonly WantedCondition[] {
  const conditions = [allocatable(pool, held)]
  if (pool.overlaps !== undefined && pool.malformed !== true) {
    const message = overlapMessage(pool.overlaps)
    conditions.push({ type: 'CIDROverlap', status: 'True', reason: 'OlderPool', message })
  }
  if (pool.terminating) {
    const reason = held === undefined ? 'Deleted' : 'AddressesInUse'
    conditions.push({ type: 'Terminating', status: 'True', reason, message: terminatingMessage(pool, held) })
  }
  return conditions
}

/** What is wrong may be long. */
const faultOf = ({ closed = '' }: Pool): string => (closed.length > 1000 ? `${closed.slice(0, 1000)}…` : closed)

function terminatingMessage(pool: Pool, held: Held | undefined): string {
  const message = heldMessage(held)
  if (pool.malformed !== true) return message
  const effect = pool.unreadable ? ', so that nobody knows which addresses it has' : ''
  return `${message}; it is malformed${effect}: ${faultOf(pool)}`
}

const overlapMessage = (older: string) => `The pool ${older} is older and has some of the addresses`

function heldMessage(held: Held | undefined): string {
  if (held === undefined) return 'The pool is being deleted'
  const { addresses, blocks } = held
  return `The pool is being deleted and goes when nobody has an address of it: ${count(addresses, 'address', 'addresses')} in ${count(blocks, 'block', 'blocks')} in use`
}

const count = (number: number, one: string, many: string) => `${number} ${number === 1 ? one : many}`
