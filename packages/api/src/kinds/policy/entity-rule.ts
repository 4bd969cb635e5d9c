import { list, object, string } from '../../schema/builders.ts'
import type { Rule, Written } from '../../schema/schema.ts'
import { explainSelector } from '../../selectors/selector.ts'
import { globalCall, net, selector } from '../shared-fields.ts'
import { policyPort } from './port.ts'

const isV6 = (text: string) => text.includes(':')

const oneFamily: Rule<readonly string[]> = {
  // To look at all of them in all rules costs more than the API server allows: `alike` does, without words.
  rule: `self.size() == 0 || self[0].contains(':') == self[self.size() - 1].contains(':')`,
  message: 'must not mix IPv4 and IPv6: write one rule for each',
  holds: (nets) => nets.every((one) => isV6(one) === isV6(nets[0] ?? '')),
}

const nets = (doc: string, options: { readonly notAll?: boolean } = {}) =>
  list(doc, net('Some addresses.', { ...options, many: true }), {
    list: 'set',
    maxItems: 256,
    alike: ['^[^:]*$', ':'],
    rules: [oneFamily],
  })

const ports = (doc: string) => list(doc, policyPort('A port.'), { list: 'atomic', maxItems: 50 })

const onlyGlobal = String.raw`^\s*global\s*\(\s*\)\s*$`
const globalForm = new RegExp(globalCall)
const onlyGlobalForm = new RegExp(onlyGlobal)
const globalAlone: Rule<string> = {
  rule: `!self.matches(r'${globalCall}') || self.matches(r'${onlyGlobal}')`,
  message: 'must have global() alone: it cannot be combined with other selectors',
  holds: (text) => !globalForm.test(text) || onlyGlobalForm.test(text),
}

const services = object(
  'Endpoints of a Kubernetes service, by its EndpointSlices.',
  {
    name: string('The name of the service.', { maxLength: 253 }),
    namespace: string('The namespace of the service; that of the policy when absent.', { maxLength: 253 }),
  },
  {
    rules: [
      {
        rule: `has(self.name) && self.name != ''`,
        message: 'must have the name of a service',
        holds: ({ name = '' }) => name !== '',
      },
    ],
  },
)

const fields = {
  nets: nets('Addresses and CIDRs of which one must match.'),
  notNets: nets('Addresses and CIDRs of which none may match.', { notAll: true }),
  selector: selector('Endpoints and network sets, by their labels.', { noGlobal: true }),
  notSelector: selector('Endpoints and network sets that must not match, by their labels.'),
  namespaceSelector: string(
    'Namespaces of the selected endpoints; global() for endpoints and network sets that have none. When absent, those of a policy with a namespace are in that one.',
    { form: 'selector', maxLength: 1024, rules: [globalAlone], check: explainSelector },
  ),
  ports: ports('Ports of which one must match.'),
  notPorts: ports('Ports of which none may match.'),
  serviceAccounts: object('Service accounts that endpoints run as.', {
    names: list('Their names.', string('The name of a service account.', { maxLength: 253 }), {
      list: 'set',
      maxItems: 1024,
    }),
    selector: selector('Their labels.'),
  }),
  services,
} as const

type Entity = Readonly<Record<keyof typeof fields, unknown>>

const isSet = (value: unknown) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0)

/** `services` says all there is to say about an entity; other fields beside it would be silently ignored. */
function aloneWith(others: readonly (keyof typeof fields)[]): Rule<Partial<Entity>> {
  const absent = others.map((field) => {
    const node = fields[field].node.type
    if (node === 'object') return `!has(self.${field})`
    return `(!has(self.${field}) || self.${field}.size() == 0)`
  })
  return {
    rule: `!has(self.services) || (${absent.join(' && ')})`,
    message: `cannot be combined with ${others.join(' or ')}`,
    at: 'services',
    holds: (entity) => entity.services === undefined || !others.some((field) => isSet(entity[field])),
  }
}

/** One side of a rule: who sends, or who receives. All that is given must hold. */
export function entityRule(doc: string) {
  return object(doc, fields, {
    rules: [
      aloneWith(['ports', 'notPorts']),
      aloneWith(['selector', 'notSelector']),
      aloneWith(['nets', 'notNets']),
      aloneWith(['namespaceSelector']),
      aloneWith(['serviceAccounts']),
    ],
  })
}

export type EntityRule = Written<ReturnType<typeof entityRule>>
