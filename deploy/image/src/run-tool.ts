import { execFile } from 'node:child_process'
import { ImageError } from './image-error.ts'

export interface ToolResult {
  readonly stdout: string
}

/** Runs a program; undefined where there is none of this name, ToolFailed with its words where it fails. */
export function runTool(command: string, args: readonly string[], cwd?: string): Promise<ToolResult | undefined> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: 1 << 24, ...(cwd === undefined ? {} : { cwd }) }
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ stdout })
      else if (error.code === 'ENOENT') resolve(undefined)
      else {
        const said = (stderr || stdout).trim()
        reject(new ImageError('ToolFailed', `${command} ${args.join(' ')}: ${said}`, { cause: error }))
      }
    })
  })
}
