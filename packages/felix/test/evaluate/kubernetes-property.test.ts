import { expect, test } from '@jest/globals'
import { networkPolicyToPolicy } from '@manx/api'
import fc from 'fast-check'
import { evaluate } from '../../src/index.ts'
import { networkPolicy } from '../differential/kubernetes-arbitrary.ts'
import { afterChanges, noPolicies, worldOf } from '../differential/scenario.ts'
import { anyPacket, surroundings } from '../differential/scenario-arbitrary.ts'
import { kubernetesVerdict } from './kubernetes-verdict.ts'

test('the model says of a packet what the objects say', () => {
  const policies = fc.uniqueArray(networkPolicy(['n1', 'n2', 'n3', 'n4']), {
    minLength: 1,
    maxLength: 5,
    selector: ({ metadata: { namespace, name } }) => `${namespace}/${name}`,
  })
  const packets = fc.array(anyPacket, { minLength: 20, maxLength: 20 })
  fc.assert(
    fc.property(surroundings, policies, packets, (changes, objects, list) => {
      const world = {
        ...worldOf(afterChanges(noPolicies, changes)),
        policies: objects.map((object) => {
          const { policy, issues } = networkPolicyToPolicy(object)
          expect(issues).toEqual([])
          if (policy === undefined) throw new Error('not converted')
          return policy
        }),
      }
      for (const packet of list) {
        expect({ packet, verdict: evaluate(packet, world).verdict }).toEqual({
          packet,
          verdict: kubernetesVerdict(objects, packet, world),
        })
      }
    }),
    { numRuns: 500 },
  )
})
