import { type CompleteObjectOf, defineKind, type Issue, type ObjectOf } from '../kind.ts'
import { assumed, boolean, choice, defaulted, integer, object, requiredWithDefault } from '../schema/builders.ts'
import type { Rule, Written } from '../schema/schema.ts'
import { onlyNamedDefault } from './names.ts'

const rules: readonly Rule[] = [
  {
    rule: 'self.strictAffinity || self.autoAllocateBlocks',
    message: 'autoAllocateBlocks must be true unless strictAffinity is: nodes could get no addresses',
  },
  {
    rule: '!has(self.maxBlocksPerHost) || self.maxBlocksPerHost == 0 || self.strictAffinity',
    message: 'maxBlocksPerHost needs strictAffinity: without it nodes borrow from the blocks of others',
  },
]

const spec = object(
  'How addresses are given out.',
  {
    strictAffinity: requiredWithDefault(boolean('Nodes never take addresses from the blocks of other nodes.'), false),
    autoAllocateBlocks: requiredWithDefault(boolean('Nodes take new blocks when theirs are full.'), true),
    maxBlocksPerHost: defaulted(
      integer('How many blocks of one family a node may have; 0 means 20.', {
        format: 'int32',
        minimum: 0,
        maximum: 1_000_000,
      }),
      0,
    ),
    ipCooldownSeconds: assumed(
      integer('How long a released address rests before it is given out again.', {
        format: 'int32',
        minimum: 0,
        maximum: 1200,
      }),
      0,
    ),
    kubeVirtVMAddressPersistence: assumed(
      choice('Whether virtual machines keep their address when their pod is made anew.', ['Enabled', 'Disabled']),
      'Enabled',
    ),
  },
  { rules },
)

function check(object: { readonly spec: Written<typeof spec> }): Issue[] {
  const { strictAffinity = false, autoAllocateBlocks = true, maxBlocksPerHost = 0 } = object.spec
  const issues: Issue[] = []
  if (!strictAffinity && !autoAllocateBlocks) {
    const message = 'must be true unless strictAffinity is: nodes could get no addresses'
    issues.push({ path: 'spec.autoAllocateBlocks', value: false, message })
  }
  if (maxBlocksPerHost > 0 && !strictAffinity) {
    const message = 'must be 0 unless strictAffinity is true: without it nodes borrow from the blocks of others'
    issues.push({ path: 'spec.maxBlocksPerHost', value: maxBlocksPerHost, message })
  }
  return issues
}

/** How addresses are given out, for the whole cluster; there is one, named `default`. */
export const IPAMConfiguration = defineKind({
  kind: 'IPAMConfiguration',
  plural: 'ipamconfigurations',
  shortNames: ['ipamconfig', 'ipamconfigs'],
  scope: 'Cluster',
  doc: 'How addresses are given out in the whole cluster. There is one, named default.',
  name: onlyNamedDefault,
  spec,
  printerColumns: [
    { name: 'StrictAffinity', type: 'boolean', jsonPath: '.spec.strictAffinity' },
    { name: 'MaxBlocksPerHost', type: 'integer', jsonPath: '.spec.maxBlocksPerHost' },
    { name: 'AutoAllocateBlocks', type: 'boolean', jsonPath: '.spec.autoAllocateBlocks' },
  ],
  check,
})
export type IPAMConfiguration = ObjectOf<typeof IPAMConfiguration>
export type CompleteIPAMConfiguration = CompleteObjectOf<typeof IPAMConfiguration>
