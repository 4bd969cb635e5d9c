import { LabError } from '../lab-error.ts'

/** Runs kubectl and returns what it printed; rejects when it fails. */
export type Kubectl = (args: readonly string[]) => Promise<string>

const admission = 'admissionregistration.k8s.io'
const rbac = 'rbac.authorization.k8s.io'

/** Not served by every Kubernetes that Manx is for. */
const newer = [`mutatingadmissionpolicies.${admission}`, `mutatingadmissionpolicybindings.${admission}`]
const clusterKinds = [
  ...['customresourcedefinitions.apiextensions.k8s.io', 'namespaces', 'priorityclasses.scheduling.k8s.io'],
  ...[`clusterroles.${rbac}`, `clusterrolebindings.${rbac}`, 'apiservices.apiregistration.k8s.io'],
  ...[`validatingadmissionpolicies.${admission}`, `validatingadmissionpolicybindings.${admission}`],
  ...[`validatingwebhookconfigurations.${admission}`, `mutatingwebhookconfigurations.${admission}`],
  ...newer,
]
const kubeSystemKinds = [
  ...[`roles.${rbac}`, `rolebindings.${rbac}`, 'configmaps', 'daemonsets.apps', 'deployments.apps'],
  'leases.coordination.k8s.io',
]

/** Objects of Manx in the cluster. */
export async function remainsInCluster(kubectl: Kubectl): Promise<readonly string[]> {
  // kubectl shows nothing at all when it is asked for one kind that is not served.
  const served = await kubectl(['api-resources', '--verbs=list', '-o', 'name'])
  const list = async (kinds: readonly string[], ...args: readonly string[]) => {
    const names = servedKinds(kinds, served).join(',')
    const found = await kubectl(['get', '--ignore-not-found', '-o', 'name', ...args, names])
    return found.split('\n').filter((line) => /manx|projectcalico/.test(line) && !isLabs(line))
  }
  return [...(await list(clusterKinds)), ...(await list(kubeSystemKinds, '-n', 'kube-system'))]
}

/** Those of the kinds that are served; all must be but the newer ones, as nothing of a kind that is not asked for is found. */
export function servedKinds(kinds: readonly string[], served: string): readonly string[] {
  const all = new Set(served.split('\n').map((line) => line.trim()))
  const absent = kinds.filter((kind) => !all.has(kind))
  const strange = absent.filter((kind) => !newer.includes(kind))
  if (strange.length > 0) throw new LabError('CheckFailed', `the API server does not serve ${strange.join(', ')}`)
  return kinds.filter((kind) => all.has(kind))
}

/** The lab's own namespaces are no part of Manx. */
function isLabs(line: string): boolean {
  return ['namespace/manx-lab', 'namespace/manx-traffic', 'namespace/manx-strangers'].includes(line)
}
