import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { findGo } from '../../src/components/go-tool.ts'

describe('findGo', () => {
  test('without Go it says which one to install', async () => {
    await expect(findGo(['containerd', 'pause'], { places: ['/nowhere/go'] })).rejects.toMatchObject({
      code: 'ToolMissing',
      message: 'Go is not installed: install Go 1.26.6 or newer from https://go.dev/dl into /usr/local/go',
    })
  })

  test('a Go that refuses the module is too old, in its own words', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'manx-go-'))
    try {
      const go = join(folder, 'go')
      const words = 'go: go.mod requires go >= 1.26.0 (running go 1.19.8; GOTOOLCHAIN=local)'
      await writeFile(go, `#!/bin/sh\necho '${words}' >&2\nexit 1\n`, { mode: 0o755 })
      await expect(findGo(['pause'], { places: [go] })).rejects.toMatchObject({
        code: 'ToolMissing',
        message: `${go} is too old: ${words}. To mend it, install Go 1.26.0 or newer from https://go.dev/dl into /usr/local/go`,
      })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
