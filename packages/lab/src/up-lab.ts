import { startApiForwarder } from './cluster/api-forwarder.ts'
import { bootNode, registeredNodes } from './cluster/boot-node.ts'
import { writeKubeconfig } from './cluster/kubeconfig.ts'
import { connectLabApi, type LabApi } from './cluster/lab-api.ts'
import { makePki } from './cluster/pki.ts'
import { startControlPlane } from './cluster/start-control-plane.ts'
import { describeProgress } from './components/describe-progress.ts'
import { ensureComponents, labPrograms } from './components/index.ts'
import { makeNamespaces } from './fabric/make-namespaces.ts'
import { availableRouters, chooseRouterKinds, standInNotice } from './fabric/router-kinds.ts'
import { startRouter } from './fabric/start-router.ts'
import { labFolder } from './host/lab-folder.ts'
import { processStartTime } from './host/lab-processes.ts'
import { createLabState, type LabState, writeLabState } from './host/lab-state.ts'
import { checkPrerequisites } from './host/prerequisites.ts'
import type { Progress } from './host/progress.ts'
import { applyCoreDns, coreDnsReady } from './install/install-core-dns.ts'
import { applyManx, manxReady } from './install/install-manx.ts'
import { makeImages } from './install/make-images.ts'
import { checkLabOptions, type LabOptions } from './plan/lab-options.ts'
import { planLab } from './plan/lab-plan.ts'

export interface UpOptions extends LabOptions {
  /** Folder with programs, looked at before anything is fetched or built. */
  readonly components?: string
  /** False: a cluster without a network, its nodes not Ready; for trying out another one. */
  readonly manx: boolean
  /** Gets missing Debian packages with apt-get. */
  readonly install: boolean
}

/**
 * Brings a lab up to a cluster with Manx on it. What it made before it failed or was aborted stays for a look, and
 * `removeLab` removes it.
 */
export async function upLab(options: UpOptions, progress: Progress, signal: AbortSignal): Promise<void> {
  const { name, nodes, mesh } = checkLabOptions(options)
  const plan = planLab({ name, nodes, mesh })
  await checkPrerequisites(options.install)
  const upProcess = { pid: process.pid, startTime: (await processStartTime(process.pid)) ?? '' }
  const kinds = chooseRouterKinds(plan.routers, availableRouters())
  let state: LabState = {
    options: plan.options,
    phase: 'starting',
    createdAt: new Date().toISOString(),
    upProcess,
    routers: kinds,
    steps: [],
  }
  await createLabState(state)
  const save = async (change: Partial<LabState>) => {
    state = { ...state, ...change, steps: progress.steps }
    await writeLabState(state)
  }
  const notice = standInNotice(kinds)
  if (notice !== undefined) progress.note(notice)
  let api: LabApi | undefined
  try {
    const programs = await progress.step('programs (Kubernetes, etcd, containerd, runc, CoreDNS, GoBGP)', () =>
      ensureComponents({
        names: labPrograms,
        ...(options.components === undefined ? {} : { directory: options.components }),
        onProgress: (step) => {
          if (step.source !== 'cache' && step.source !== 'directory') progress.note(describeProgress(step))
        },
        signal,
      }),
    )
    await save({ programs })
    const folder = labFolder(name)
    const images = progress.step('images (Manx, CoreDNS, agnhost, pause)', () =>
      makeImages(programs, options.manx, progress.note),
    )
    // Awaited by the nodes; a failure before that must not end the process as unhandled.
    images.catch(() => undefined)
    await Promise.all([
      progress.step('certificates', () => makePki(plan)),
      progress.step(`fabric: ${plan.hosts.length} network namespaces`, () => makeNamespaces(plan)),
    ])
    const apiPort = await startApiForwarder(plan)
    await writeKubeconfig(name, 'admin', `https://127.0.0.1:${apiPort}`, folder.kubeconfig)
    await save({ apiPort })
    const connected = connectLabApi(name, apiPort)
    api = connected
    await Promise.all([
      progress.step(
        `routers: ${
          Object.entries(kinds)
            .map(([router, kind]) => `${router} ${kind}`)
            .join(', ') || 'none (mesh)'
        }`,
        () =>
          Promise.all(
            plan.routers.map((router) => startRouter(plan, router, kinds[router.name] ?? 'gobgp', programs, signal)),
          ),
      ),
      progress.step('control plane: etcd, kube-apiserver, kube-controller-manager, kube-scheduler', () =>
        startControlPlane(plan, programs, () => connected, signal),
      ),
      progress.step(`nodes: ${plan.nodes.length} × containerd, kubelet, kube-proxy`, () =>
        Promise.all(plan.nodes.map((node) => bootNode(plan, node, programs, images, signal))),
      ),
    ])
    await progress.step('nodes registered', () => registeredNodes(plan, connected, signal))
    const { manx, coredns, agnhost, missingPackages } = await images
    if (missingPackages.length > 0) {
      const packages = missingPackages.join(' ')
      progress.note(
        `some of Kubernetes' own tests will fail: 'apt-get install ${packages}' (or --install) gets what they run`,
      )
    }
    await save({ agnhostImage: agnhost.reference })
    if (manx !== undefined) {
      await progress.step('Manx: manifests, node AS numbers, BGPConfiguration, BGPPeers', async () => {
        await applyManx(plan, programs.kubectl, manx)
        await applyCoreDns(plan, programs.kubectl, coredns)
      })
      await progress.step('Manx: every node Ready', () => manxReady(plan, programs.kubectl, connected, signal))
      await progress.step('cluster DNS answers', () => coreDnsReady(name, programs.kubectl))
    }
    await save({ phase: 'ready' })
  } catch (error) {
    await save({ phase: 'failed' }).catch(() => undefined)
    throw error
  } finally {
    api?.close()
  }
}
