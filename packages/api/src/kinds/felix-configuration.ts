import { type CompleteObjectOf, defineKind, type Issue, type ObjectOf } from '../kind.ts'
import { object } from '../schema/builders.ts'
import type { Rule, Written } from '../schema/schema.ts'
import { bpfFields } from './felix/bpf-fields.ts'
import { dataplaneFields } from './felix/dataplane-fields.ts'
import { overlayFields } from './felix/overlay-fields.ts'
import { processFields } from './felix/process-fields.ts'
import { ruleFields } from './felix/rule-fields.ts'
import { nodeOfConfiguration } from './names.ts'
import { selector } from './shared-fields.ts'

const named = `self.metadata.name == 'default' || self.metadata.name.startsWith('node.')`

const rules: readonly Rule[] = [
  {
    rule: '!has(self.routeTableRange) || !has(self.routeTableRanges)',
    message: 'routeTableRange and routeTableRanges cannot both be set: write routeTableRanges',
  },
]

const spec = object(
  'What each node does with packets.',
  {
    nodeSelector: selector('The nodes that this object is for, unless its name is default or node.NAME.', {
      noGlobal: true,
    }),
    ...dataplaneFields,
    ...ruleFields,
    ...processFields,
    ...overlayFields,
    ...bpfFields,
  },
  { rules },
)

function check(object: { readonly metadata: { readonly name: string }; readonly spec: Written<typeof spec> }): Issue[] {
  const issues: Issue[] = []
  const { name } = object.metadata
  const selected = (object.spec.nodeSelector ?? '') !== ''
  const named = name === 'default' || nodeOfConfiguration(name) !== undefined
  if (named && selected) {
    const message = `must be absent in ${name}, whose name says which nodes it is for`
    issues.push({ path: 'spec.nodeSelector', value: object.spec.nodeSelector, message })
  }
  if (!named && !selected) {
    const message = 'must be default, node.NAME for one node, or any name with spec.nodeSelector'
    issues.push({ path: 'metadata.name', value: name, message })
  }
  if (object.spec.routeTableRange !== undefined && object.spec.routeTableRanges !== undefined) {
    const message = 'cannot be combined with routeTableRanges: write routeTableRanges'
    issues.push({ path: 'spec.routeTableRange', value: object.spec.routeTableRange, message })
  }
  return issues
}

/**
 * What the node agent does with packets: `default` for all nodes, `node.NAME` for one, others for nodes that they select.
 * What the more special object sets counts (see `effectiveFelixConfiguration`).
 */
export const FelixConfiguration = defineKind({
  kind: 'FelixConfiguration',
  plural: 'felixconfigurations',
  scope: 'Cluster',
  doc: 'What each node does with packets. The object named default is for all nodes, node.NAME for one node, others for the nodes that spec.nodeSelector selects.',
  rules: [
    {
      rule: `${named} || (has(self.spec.nodeSelector) && self.spec.nodeSelector != '')`,
      message: 'must be default, node.NAME for one node, or any name with spec.nodeSelector',
      at: 'metadata.name',
    },
    {
      rule: `!(${named}) || !has(self.spec.nodeSelector) || self.spec.nodeSelector == ''`,
      message: 'must be absent when the name, default or node.NAME, says which nodes the object is for',
      at: 'spec.nodeSelector',
    },
  ],
  spec,
  check,
})
export type FelixConfiguration = ObjectOf<typeof FelixConfiguration>
export type FelixConfigurationSpec = FelixConfiguration['spec']
export type CompleteFelixConfiguration = CompleteObjectOf<typeof FelixConfiguration>
export type CompleteFelixConfigurationSpec = CompleteFelixConfiguration['spec']
