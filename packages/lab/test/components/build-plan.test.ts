import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { buildPlan } from '../../src/components/build-plan.ts'
import { modulesFolder } from '../../src/components/go-tool.ts'
import { allPrograms } from '../../src/components/programs.ts'
import { defaultVersions, knownVersions } from '../../src/components/versions.ts'

const flags = (args: readonly string[]) => args[args.indexOf('-ldflags') + 1]

describe('buildPlan', () => {
  test('a Kubernetes program carries its version', () => {
    const plan = buildPlan('kubelet', defaultVersions, '/tmp/out')
    expect(plan.module).toBe('kubernetes')
    expect(plan.environment.CGO_ENABLED).toBe('0')
    expect(flags(plan.args)).toBe(
      '-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3 -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36',
    )
    expect(plan.args.slice(-3)).toEqual(['-o', '/tmp/out', 'k8s.io/kubernetes/cmd/kubelet'])
  })

  test('runc is static C with seccomp', () => {
    const { args, environment } = buildPlan('runc', defaultVersions, '/tmp/out')
    expect(environment.CGO_ENABLED).toBe('1')
    expect(args).toContain('seccomp')
    expect(flags(args)).toBe('-s -w -extldflags -static')
  })

  test('the upstream tests are a test binary', () => {
    expect(buildPlan('e2e.test', defaultVersions, '/tmp/out').args.slice(0, 2)).toEqual(['test', '-c'])
  })

  test('every program of the default versions has a plan', () => {
    for (const program of allPrograms) expect(buildPlan(program, defaultVersions, '/x').module).not.toBe('')
  })
})

describe('the pinned modules', () => {
  for (const [component, versions] of Object.entries(knownVersions)) {
    for (const [version, { module }] of Object.entries(versions)) {
      if (component === 'pause') continue
      test(`${module} requires ${component} ${version}`, () => {
        const text = readFileSync(join(modulesFolder, module, 'go.mod'), 'utf8')
        expect(text).toMatch(new RegExp(`^\\s*(require )?\\S+ v${version.replaceAll('.', '\\.')}\\b`, 'm'))
      })
    }
  }
})
