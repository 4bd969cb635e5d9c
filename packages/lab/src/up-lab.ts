import { startApiForwarder } from './cluster/api-forwarder.ts'
import { bootNode, registeredNodes } from './cluster/boot-node.ts'
import { writeKubeconfig } from './cluster/kubeconfig.ts'
import { connectLabApi, type LabApi } from './cluster/lab-api.ts'
import { makePki } from './cluster/pki.ts'
import { startControlPlane } from './cluster/start-control-plane.ts'
import { describeProgress } from './components/describe-progress.ts'
import { defaultVersions, ensureComponents, labPrograms } from './components/index.ts'
import { makeNamespaces } from './fabric/make-namespaces.ts'
import { availableRouters, chooseRouterKinds, type RouterKind, standInNotice } from './fabric/router-kinds.ts'
import { startRouter } from './fabric/start-router.ts'
import { labFolder } from './host/lab-folder.ts'
import { processStartTime } from './host/lab-processes.ts'
import { createLabState, type LabPrograms, type LabState, writeLabState } from './host/lab-state.ts'
import { checkPrerequisites } from './host/prerequisites.ts'
import type { Progress } from './host/progress.ts'
import { applyCoreDns } from './install/install-core-dns.ts'
import { applyManx, manxReady } from './install/install-manx.ts'
import { makeImages, type PendingImages } from './install/make-images.ts'
import { rolledOut } from './install/rolled-out.ts'
import { checkLabOptions, type LabOptions } from './plan/lab-options.ts'
import { type LabPlan, planLab } from './plan/lab-plan.ts'

export interface UpOptions extends LabOptions {
  /** Folder with programs, looked at before anything is fetched or built. */
  readonly components?: string
  /** False: a cluster without a network, its nodes not Ready; for trying out another one. */
  readonly manx: boolean
  /** Gets missing Debian packages with apt-get. */
  readonly install: boolean
}

/** What the steps of an `up` share. */
interface Rising {
  readonly plan: LabPlan
  readonly kinds: Readonly<Record<string, RouterKind>>
  readonly programs: LabPrograms
  readonly images: PendingImages
  readonly progress: Progress
  readonly signal: AbortSignal
}

/**
 * Brings a lab up to a cluster with Manx on it. What it made before it failed or was aborted stays for a look, and
 * `removeLab` removes it.
 */
export async function upLab(options: UpOptions, progress: Progress, signal: AbortSignal): Promise<void> {
  const { name, nodes, mesh, ipv6Primary = false, kubernetes = defaultVersions.kubernetes } = checkLabOptions(options)
  const plan = planLab({ name, nodes, mesh, ipv6Primary, kubernetes })
  await checkPrerequisites(options.install)
  const kinds = chooseRouterKinds(plan.routers, availableRouters())
  let state: LabState = {
    options: plan.options,
    phase: 'starting',
    createdAt: new Date().toISOString(),
    upProcess: { pid: process.pid, startTime: (await processStartTime(process.pid)) ?? '' },
    routers: kinds,
    steps: [],
  }
  await createLabState(state)
  const save = async (change: Partial<LabState>) => {
    state = { ...state, ...change, steps: progress.steps }
    await writeLabState(state)
  }
  let api: LabApi | undefined
  try {
    const notice = standInNotice(kinds)
    if (notice !== undefined) progress.note(notice)
    const programs = await getPrograms(options, kubernetes, progress, signal)
    await save({ programs })
    const rising = {
      plan,
      kinds,
      programs,
      images: makeImages(programs, kubernetes, options.manx, progress.note),
      progress,
      signal,
    }
    await Promise.all([
      progress.step('certificates', () => makePki(plan)),
      progress.step(`fabric: ${plan.hosts.length} network namespaces`, () => makeNamespaces(plan)),
    ])
    const apiPort = await startApiForwarder(plan)
    await writeKubeconfig(name, 'admin', `https://127.0.0.1:${apiPort}`, labFolder(name).kubeconfig)
    api = connectLabApi(name, apiPort)
    await save({ apiPort })
    await startCluster(rising, api)
    await save({ agnhostImage: (await rising.images.common).agnhost.reference })
    await installNetwork(rising, api)
    await save({ phase: 'ready' })
  } catch (error) {
    await save({ phase: 'failed' }).catch(() => undefined)
    throw error
  } finally {
    api?.close()
  }
}

function getPrograms(
  options: UpOptions,
  kubernetes: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<LabPrograms> {
  return progress.step(`programs: Kubernetes ${kubernetes}, etcd, containerd, runc, CoreDNS, GoBGP`, () =>
    ensureComponents({
      names: labPrograms,
      versions: { kubernetes },
      ...(options.components === undefined ? {} : { directory: options.components }),
      onProgress: (step) => {
        if (step.source !== 'cache' && step.source !== 'directory') progress.note(describeProgress(step))
      },
      signal,
    }),
  )
}

/** Routers, control plane and nodes come up side by side; each waits for what it needs by itself. */
async function startCluster({ plan, kinds, programs, images, progress, signal }: Rising, api: LabApi): Promise<void> {
  const kindOf = (router: string) => kinds[router] ?? 'gobgp'
  const routers = plan.routers.map(({ name }) => `${name} ${kindOf(name)}`).join(', ')
  const { missingPackages } = await images.common
  if (missingPackages.length > 0) {
    const install = `'apt-get install ${missingPackages.join(' ')}' (or --install)`
    progress.note(`some of Kubernetes' own tests will fail: ${install} gets what they run`)
  }
  await Promise.all([
    progress.step(`routers: ${routers || 'none, the ToRs are switches'}`, () =>
      Promise.all(plan.routers.map((router) => startRouter(plan, router, kindOf(router.name), programs, signal))),
    ),
    progress.step('control plane: etcd, kube-apiserver, kube-controller-manager, kube-scheduler', () =>
      startControlPlane(plan, programs, () => api, signal),
    ),
    progress.step('images: Manx from this checkout, CoreDNS, agnhost, pause', () => images.manx),
    progress.step(`nodes: ${plan.nodes.length} × containerd, kubelet, kube-proxy, with the images`, () =>
      Promise.all(plan.nodes.map((node) => bootNode(plan, node, programs, images, signal))),
    ),
  ])
  await progress.step('nodes registered', () => registeredNodes(plan, api, signal))
}

/** Manx, then what only runs on a network. */
async function installNetwork({ plan, programs, images, progress, signal }: Rising, api: LabApi): Promise<void> {
  const manx = await images.manx
  if (manx === undefined) return
  const { coredns } = await images.common
  await progress.step('Manx: manifests, node AS numbers, BGPConfiguration, BGPPeers', async () => {
    await applyManx(plan, programs.kubectl, manx)
    await applyCoreDns(plan, programs.kubectl, coredns)
  })
  await progress.step('Manx: every node Ready', () => manxReady(plan, programs.kubectl, api, signal))
  await progress.step('cluster DNS answers', () =>
    rolledOut(plan.options.name, programs.kubectl, 'kube-system', 'deployment/coredns'),
  )
}
