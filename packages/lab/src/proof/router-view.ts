import { output } from '@manx/testbed'
import { type LabPlan, namespaceName } from '../plan/lab-plan.ts'

/** A route to a node's block as a router's kernel has it. */
export interface RouterRoute {
  readonly prefix: string
  readonly nextHops: readonly string[]
  /** Who put it there: bgp (FRR), bird, … */
  readonly protocol: string
}

interface KernelRoute {
  readonly dst: string
  readonly gateway?: string
  readonly protocol?: string
  readonly nexthops?: readonly { readonly gateway?: string }[]
}

/** The routes to pods of every router, by router name. */
export async function routerViews(plan: LabPlan): Promise<Readonly<Record<string, readonly RouterRoute[]>>> {
  const views = await Promise.all(
    plan.routers.map(async ({ name }) => {
      const namespace = namespaceName(plan.options.name, name)
      const read = async (family: string) =>
        JSON.parse(await output('ip', ['-j', family, 'route', 'show'], { namespace })) as readonly KernelRoute[]
      return [name, podRoutes([...(await read('-4')), ...(await read('-6'))], plan)] as const
    }),
  )
  return Object.fromEntries(views)
}

/** Those inside the pools; the pools of the lab end on a full octet or group, so text is enough to tell. */
export function podRoutes(routes: readonly KernelRoute[], plan: LabPlan): readonly RouterRoute[] {
  const starts = [plan.podCidr.v4.replace(/0\.0\/16$/, ''), plan.podCidr.v6.replace(/:\/48$/, '')]
  return routes
    .filter(({ dst }) => starts.some((start) => dst.startsWith(start)))
    .map(({ dst, gateway, nexthops, protocol }) => ({
      prefix: dst,
      nextHops: (nexthops ?? [{ ...(gateway === undefined ? {} : { gateway }) }]).map((hop) => hop.gateway ?? 'direct'),
      protocol: protocol ?? '',
    }))
}
