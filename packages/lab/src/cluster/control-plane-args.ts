import { join } from 'node:path'
import type { LabFolder } from '../host/lab-folder.ts'
import { inOrder, type LabPlan } from '../plan/lab-plan.ts'

export const auditPolicyFile = 'audit-policy.yaml'

/** Every request of Manx's own is written down, so that they can be counted; those of others would drown them. */
export const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', userGroups: ['system:serviceaccounts:manx-system'] }, { level: 'None' }],
}

/** Command lines of the control plane; etcd is on the namespace's own 127.0.0.1. */
export function controlPlaneArgs(plan: LabPlan, folder: LabFolder) {
  const pki = (file: string) => join(folder.pki, file)
  const config = (name: string) => join(folder.pki, `${name}.kubeconfig`)
  const control = plan.hosts.find(({ name }) => name === 'control')?.address[plan.families[0]] ?? ''
  const serviceCidrs = inOrder(plan, plan.serviceCidr)
  const delegated = (name: string) => [
    `--kubeconfig=${config(name)}`,
    `--authentication-kubeconfig=${config(name)}`,
    `--authorization-kubeconfig=${config(name)}`,
    `--cert-dir=${join(folder.path, 'control', name)}`,
    '--leader-elect=false',
  ]
  return {
    etcd: [
      `--data-dir=${join(folder.path, 'control', 'etcd')}`,
      '--listen-client-urls=http://127.0.0.1:2379',
      '--advertise-client-urls=http://127.0.0.1:2379',
      '--listen-peer-urls=http://127.0.0.1:2380',
      // The lab's data need not survive a power cut; waiting for the disk is most of what etcd does.
      '--unsafe-no-fsync',
      '--logger=zap',
      '--log-level=warn',
    ],
    'kube-apiserver': [
      '--etcd-servers=http://127.0.0.1:2379',
      `--secure-port=${plan.apiPort}`,
      `--advertise-address=${control}`,
      `--service-cluster-ip-range=${serviceCidrs}`,
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--allow-privileged=true',
      // Nodes' names are in no DNS that the API server could ask.
      '--kubelet-preferred-address-types=InternalIP',
      `--kubelet-certificate-authority=${pki('ca.crt')}`,
      `--kubelet-client-certificate=${pki('apiserver-kubelet-client.crt')}`,
      `--kubelet-client-key=${pki('apiserver-kubelet-client.key')}`,
      `--client-ca-file=${pki('ca.crt')}`,
      `--tls-cert-file=${pki('apiserver.crt')}`,
      `--tls-private-key-file=${pki('apiserver.key')}`,
      `--requestheader-client-ca-file=${pki('ca.crt')}`,
      '--requestheader-allowed-names=front-proxy-client',
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      `--proxy-client-cert-file=${pki('front-proxy-client.crt')}`,
      `--proxy-client-key-file=${pki('front-proxy-client.key')}`,
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-key-file=${pki('sa.pub')}`,
      `--service-account-signing-key-file=${pki('sa.key')}`,
      `--cert-dir=${join(folder.path, 'control', 'apiserver')}`,
      `--audit-policy-file=${join(folder.path, 'control', auditPolicyFile)}`,
      `--audit-log-path=${folder.log('audit')}`,
      '--audit-log-maxsize=100',
    ],
    'kube-controller-manager': [
      ...delegated('controller-manager'),
      '--use-service-account-credentials=true',
      // Pod addresses come from Manx's pools: nodes have no podCIDR.
      '--allocate-node-cidrs=false',
      `--service-cluster-ip-range=${serviceCidrs}`,
      `--root-ca-file=${pki('ca.crt')}`,
      `--service-account-private-key-file=${pki('sa.key')}`,
      `--cluster-signing-cert-file=${pki('ca.crt')}`,
      `--cluster-signing-key-file=${pki('ca.key')}`,
    ],
    'kube-scheduler': delegated('scheduler'),
  } as const
}
