import { generateKeyPairSync } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { output } from '@manx/testbed'
import { labFolder } from '../host/lab-folder.ts'
import type { LabPlan } from '../plan/lab-plan.ts'

export interface CertificateRequest {
  /** File name without extension. */
  readonly name: string
  readonly commonName: string
  readonly organization?: string
  /** Host names and addresses; a certificate that has some serves, one that has none is a client's. */
  readonly subjects?: readonly string[]
}

/** Every certificate of the cluster, each signed by the lab's own authority. */
export function certificatesOf(plan: LabPlan): readonly CertificateRequest[] {
  const control = plan.hosts.find(({ name }) => name === 'control')?.address
  const service = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local']
  return [
    {
      name: 'apiserver',
      commonName: 'kube-apiserver',
      subjects: [
        ...service,
        'localhost',
        '127.0.0.1',
        '::1',
        plan.apiServiceAddress,
        ...(control === undefined ? [] : [control.v4, control.v6]),
      ],
    },
    { name: 'apiserver-kubelet-client', commonName: 'kube-apiserver-kubelet-client', organization: 'system:masters' },
    { name: 'front-proxy-client', commonName: 'front-proxy-client' },
    { name: 'admin', commonName: 'lab-admin', organization: 'system:masters' },
    { name: 'controller-manager', commonName: 'system:kube-controller-manager' },
    { name: 'scheduler', commonName: 'system:kube-scheduler' },
    { name: 'kube-proxy', commonName: 'system:kube-proxy' },
    ...plan.nodes.flatMap(({ name, address }) => [
      { name: `kubelet-${name}`, commonName: `system:node:${name}`, organization: 'system:nodes' },
      { name: `kubelet-serving-${name}`, commonName: name, subjects: [name, address.v4, address.v6] },
    ]),
  ]
}

/**
 * Makes the authority, the certificates and the service account keys. With openssl, which is there wherever TLS is: Node has
 * no way to sign a certificate, and a library for it would be a dependency of the repository for the sake of a lab.
 */
export async function makePki(plan: LabPlan): Promise<void> {
  const folder = labFolder(plan.options.name).pki
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await openssl(folder, 'ca', ['-subj', '/CN=manx-lab', '-addext', 'keyUsage=critical,keyCertSign,digitalSignature'])
  await Promise.all(certificatesOf(plan).map((request) => issue(folder, request)))
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const mode = 0o600
  await writeFile(join(folder, 'sa.key'), privateKey.export({ type: 'sec1', format: 'pem' }), { mode })
  await writeFile(join(folder, 'sa.pub'), publicKey.export({ type: 'spki', format: 'pem' }), { mode })
}

/** The authority's certificate, and a client's or server's with its key. */
export async function readCertificate(lab: string, name: string) {
  const { pki } = labFolder(lab)
  const read = (file: string) => readFile(join(pki, file), 'utf8')
  const [authority, certificate, key] = await Promise.all([read('ca.crt'), read(`${name}.crt`), read(`${name}.key`)])
  return { authority, certificate, key }
}

function issue(folder: string, request: CertificateRequest): Promise<string> {
  const subject = `/CN=${request.commonName}`
  const subjects = request.subjects ?? []
  const names = subjects.map((name) => `${isAddress(name) ? 'IP' : 'DNS'}:${name}`)
  return openssl(folder, request.name, [
    ...['-CA', join(folder, 'ca.crt'), '-CAkey', join(folder, 'ca.key')],
    ...['-subj', request.organization === undefined ? subject : `/O=${request.organization}${subject}`],
    ...['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', 'keyUsage=critical,digitalSignature'],
    ...['-addext', `extendedKeyUsage=${subjects.length === 0 ? 'clientAuth' : 'serverAuth'}`],
    ...(names.length === 0 ? [] : ['-addext', `subjectAltName=${names.join(',')}`]),
  ])
}

function openssl(folder: string, name: string, args: readonly string[]): Promise<string> {
  return output('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '3650', '-batch'],
    ...['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`)],
    ...args,
  ])
}

function isAddress(name: string): boolean {
  return name.includes(':') || /^[\d.]+$/.test(name)
}
