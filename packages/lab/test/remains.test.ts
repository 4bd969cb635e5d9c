import { describe, expect, test } from '@jest/globals'
import { strayRoutes } from '../src/faults/reboot.ts'
import { type Kubectl, remainsInCluster, servedKinds } from '../src/faults/remains-in-cluster.ts'

const admission = 'admissionregistration.k8s.io'
// What Kubernetes 1.34 serves; 1.36 has mutatingadmissionpolicies, too.
const served = `configmaps
namespaces
validatingadmissionpolicies.${admission}
validatingadmissionpolicybindings.${admission}
mutatingwebhookconfigurations.${admission}
validatingwebhookconfigurations.${admission}
customresourcedefinitions.apiextensions.k8s.io
apiservices.apiregistration.k8s.io
daemonsets.apps
deployments.apps
leases.coordination.k8s.io
clusterrolebindings.rbac.authorization.k8s.io
clusterroles.rbac.authorization.k8s.io
rolebindings.rbac.authorization.k8s.io
roles.rbac.authorization.k8s.io
priorityclasses.scheduling.k8s.io
`

describe('what is left in the cluster', () => {
  /** Fails as kubectl does when a kind is not served, and then prints nothing of the others. */
  const kubectlOf =
    (found: Readonly<Record<string, string>>): Kubectl =>
    async (args) => {
      if (args[0] === 'api-resources') return served
      const kinds = args.at(-1)?.split(',') ?? []
      const strange = kinds.find((kind) => !served.split('\n').includes(kind))
      if (strange !== undefined) throw new Error(`error: the server doesn't have a resource type "${strange}"`)
      return kinds.map((kind) => found[kind] ?? '').join('')
    }

  test('is found also where not all kinds are served', async () => {
    const found = {
      namespaces: 'namespace/default\nnamespace/manx-lab\nnamespace/manx-system\n',
      'leases.coordination.k8s.io': 'lease.coordination.k8s.io/manx-controllers\n',
      'customresourcedefinitions.apiextensions.k8s.io':
        'customresourcedefinition.apiextensions.k8s.io/ippools.projectcalico.org\n',
    }
    expect(await remainsInCluster(kubectlOf(found))).toEqual([
      'customresourcedefinition.apiextensions.k8s.io/ippools.projectcalico.org',
      'namespace/manx-system',
      'lease.coordination.k8s.io/manx-controllers',
    ])
  })

  test('cannot be said when kubectl fails', async () => {
    const fails: Kubectl = async (args) => {
      if (args[0] === 'api-resources') return served
      throw new Error('Unable to connect to the server')
    }
    await expect(remainsInCluster(fails)).rejects.toThrow('Unable to connect')
  })

  test('is asked for by kinds that must be there', () => {
    const policies = `mutatingadmissionpolicies.${admission}`
    expect(servedKinds(['namespaces', policies], served)).toEqual(['namespaces'])
    expect(servedKinds(['namespaces', policies], `${served}${policies}\n`)).toEqual(['namespaces', policies])
    expect(() => servedKinds(['namespaces', 'roles'], served)).toThrow('does not serve roles')
  })
})

test('routes of either family to addresses that no pod has are strays', () => {
  const routes = `default via 172.21.0.1 dev eth0
10.244.1.0/26 via 172.21.0.12 dev eth0 proto 80 metric 1024
10.244.126.128 dev calic4178ab4e09 scope link metric 1024
10.244.126.129 dev calic4178ab4e0a scope link metric 1024
blackhole 10.244.126.128/26 proto 80 metric 1024
fd00:10:244::40 dev calic4178ab4e09 metric 1024 pref medium
fd00:10:244::41 dev calic4178ab4e0a metric 1024 pref medium
fe80::/64 dev calic4178ab4e09 proto kernel metric 256 pref medium`
  expect(strayRoutes(routes, ['10.244.126.128', 'fd00:10:244::40'])).toEqual(['10.244.126.129', 'fd00:10:244::41'])
})
