import type { KubernetesClient, KubernetesObject, Resource } from '@manx/api'

/** Takes the schema of a kind away, as an older version, or somebody else, may have it installed: it checks nothing. */
export async function acceptAnything(client: KubernetesClient, kind: Resource<unknown>): Promise<void> {
  const crds = { ...kind, group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' }
  const crd = { ...crds, kind: 'CustomResourceDefinition', namespaced: false } as Resource<KubernetesObject>
  const anything = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  const changes = [{ op: 'replace', path: '/spec/versions/0/schema', value: anything }]
  await client.patch(crd, `${kind.plural}.${kind.group}`, changes, { type: 'json' })
}
