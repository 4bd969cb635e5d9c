import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type ConnectionFlags, chooseCluster } from '../src/connection/choose-cluster.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manxctl-config-'))
  await mkdir(join(folder, '.kube'))
  await writeFile(join(folder, '.kube', 'config'), '')
})
afterAll(() => rm(folder, { recursive: true }))

const head = 'apiVersion: projectcalico.org/v3\nkind: CalicoAPIConfig\nmetadata:\n'
const fileWith = async (text: string): Promise<string> => {
  const file = join(folder, 'calicoctl.cfg')
  await writeFile(file, text)
  return file
}
const none = '/nonexistent/calicoctl.cfg'

describe('the environment', () => {
  test.each<[string, Record<string, string>, ConnectionFlags, object]>([
    ['says nothing', {}, {}, {}],
    ['has what kubectl reads, which the client finds itself', { KUBECONFIG: 'a:b' }, {}, {}],
    ["has calicoctl's name for it", { CALICO_KUBECONFIG: 'b', KUBECONFIG: 'a' }, {}, { kubeconfig: 'b' }],
    ['has an empty one', { CALICO_KUBECONFIG: '', KUBECONFIG: 'a' }, {}, {}],
    ['has a context', { K8S_CURRENT_CONTEXT: 'a' }, {}, { context: 'a' }],
    ['has two contexts', { CALICO_K8S_CURRENT_CONTEXT: 'b', K8S_CURRENT_CONTEXT: 'a' }, {}, { context: 'b' }],
    ['has the datastore', { DATASTORE_TYPE: 'kubernetes', ETCD_ENDPOINTS: 'http://e' }, {}, {}],
    [
      'comes after the command line',
      { CALICO_KUBECONFIG: 'b', K8S_CURRENT_CONTEXT: 'a' },
      { kubeconfig: 'c', context: 'd' },
      { kubeconfig: 'c', context: 'd' },
    ],
    ['has a server beside a kubeconfig', { K8S_API_ENDPOINT: 'https://x' }, { kubeconfig: 'c' }, { kubeconfig: 'c' }],
  ])('%s', async (_, environment, flags, expected) => {
    expect(await chooseCluster(flags, environment, none)).toEqual({ ...expected, ignored: [] })
  })

  test.each<[Record<string, string>, string]>([
    [
      { CALICO_DATASTORE_TYPE: 'etcdv3', DATASTORE_TYPE: 'kubernetes' },
      'CALICO_DATASTORE_TYPE must be kubernetes, not "etcdv3": Manx stores everything there',
    ],
    [
      { ETCD_ENDPOINTS: 'http://e' },
      'DATASTORE_TYPE must be kubernetes, and ETCD_ENDPOINTS without it means etcdv3: Manx stores everything there',
    ],
    [
      { K8S_API_ENDPOINT: 'https://x' },
      'K8S_API_ENDPOINT cannot be followed: write it into a kubeconfig, and name that',
    ],
  ])('%j is refused', async (environment, message) => {
    await expect(chooseCluster({}, environment, none)).rejects.toThrow(message)
  })
})

describe('a CalicoAPIConfig', () => {
  const full = `${head}spec: {datastoreType: kubernetes, kubeconfig: /k, k8sCurrentContext: prod, usePodCIDR: true}\n`

  test('says which cluster, and the environment is not asked', async () => {
    const config = await fileWith(full)
    const environment = { CALICO_KUBECONFIG: 'b', K8S_CURRENT_CONTEXT: 'a', DATASTORE_TYPE: 'etcdv3' }
    const expected = { kubeconfig: '/k', context: 'prod', ignored: [`${config}: spec.usePodCIDR`] }
    expect(await chooseCluster({ config }, environment, none)).toEqual(expected)
    expect(await chooseCluster({}, environment, config)).toEqual(expected)
  })

  test('comes after the command line, and is not looked for beside a kubeconfig there', async () => {
    const config = await fileWith(full)
    const flags = { kubeconfig: 'c', context: 'd' }
    expect(await chooseCluster({ ...flags, config }, {}, none)).toMatchObject(flags)
    expect(await chooseCluster(flags, {}, await fileWith('spec: ['))).toEqual({ ...flags, ignored: [] })
  })

  test('without a kubeconfig means the usual one, not KUBECONFIG', async () => {
    const config = await fileWith(`${head}spec: {datastoreType: kubernetes}\n`)
    expect(await chooseCluster({ config }, { KUBECONFIG: 'prod', HOME: folder }, none)).toEqual({
      kubeconfig: join(folder, '.kube', 'config'),
      ignored: [],
    })
  })

  test.each([undefined, '', '/nonexistent'])(
    'never means KUBECONFIG, where there is no usual one either: %j',
    async (HOME) => {
      const config = await fileWith(`${head}spec: {datastoreType: kubernetes}\n`)
      const environment = { KUBECONFIG: 'prod', ...(HOME === undefined ? {} : { HOME }) }
      await expect(chooseCluster({ config }, environment, none)).rejects.toThrow(
        `${config} names no kubeconfig, and there is no ~/.kube/config`,
      )
      const inPod = { ...environment, KUBERNETES_SERVICE_HOST: '10.96.0.1' }
      expect(await chooseCluster({ config }, inPod, none)).toEqual({ inCluster: true, ignored: [] })
    },
  )

  test.each<[string, string, readonly string[]]>([
    ['of etcd', `${head}spec: {datastoreType: etcdv3}`, ['spec.datastoreType must be kubernetes, not "etcdv3": ']],
    ['that means etcd', `${head}spec: {etcdEndpoints: e}`, ['spec.etcdEndpoints without it means etcdv3']],
    [
      'with fields that cannot be followed or are none',
      `${head}spec: {k8sAPIEndpoint: https://x, k8sAPIToken: hunter, kubeconfg: a, kubeconfig: 5}`,
      [
        'spec.k8sAPIEndpoint cannot be followed: write it into a kubeconfig, and name that\n',
        'spec.k8sAPIToken cannot be followed: ',
        'spec.kubeconfig must be a text, not 5\n',
        'spec.kubeconfg is no field of a CalicoAPIConfig',
      ],
    ],
    [
      'of the other API',
      `${head}spec: {calicoAPIGroup: crd.projectcalico.org/v1}`,
      ['must be projectcalico.org/v3, not'],
    ],
    [
      'of another kind',
      'apiVersion: v1\nkind: Config\n',
      ['apiVersion must be projectcalico.org/v3, not "v1"\n', 'kind must be CalicoAPIConfig'],
    ],
    ['that is no YAML', `${head}spec: {k8sAPIToken: "hunter\n`, [':5:1: is not YAML that can be read']],
    ['that is no object', 'text', ['must be an object of the kind CalicoAPIConfig']],
  ])('%s is refused', async (_, text, messages) => {
    const config = await fileWith(text)
    const message = await chooseCluster({ config }, {}, none).then(String, String)
    expect(message.split('\n').every((line) => line.includes(config))).toBe(true)
    for (const part of messages) expect(message).toContain(part)
    expect(message).not.toContain('hunter')
  })

  test('that is not there is said', async () => {
    await expect(chooseCluster({ config: none }, {}, none)).rejects.toThrow(`cannot read ${none}: ENOENT`)
  })
})
