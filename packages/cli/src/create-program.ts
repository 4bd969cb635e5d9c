import { Command, Option } from 'commander'
import { addConvert } from './commands/convert.ts'
import { addGet } from './commands/get.ts'
import { addIpamShow } from './commands/ipam-show.ts'
import { addLabel } from './commands/label.ts'
import { addNodeStatus } from './commands/node-status.ts'
import { addPatch } from './commands/patch.ts'
import { addValidate } from './commands/validate.ts'
import { addVersion } from './commands/version.ts'
import { addWriteCommands } from './commands/write.ts'
import { withConnectionBefore } from './connect.ts'
import type { Terminal } from './terminal.ts'

/** All of `manxctl`, ready to parse. Commands throw what went wrong; the caller says it and sets the exit code. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('manxctl')
    .description('Reads and changes what a Manx network is made of.')
    .addHelpText('after', '\nExamples:\n  manxctl get nodes -o wide\n  manxctl apply -f pool.yaml\n  manxctl ipam show')
    // Taken for the sake of scripts that were written for calicoctl.
    .addOption(new Option('-l, --log-level <level>').hideHelp())
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.warn(text.trimEnd()),
    })
    .showHelpAfterError('(add --help for the usage)')
    .exitOverride()
  withConnectionBefore(program)
  addGet(program, terminal)
  addWriteCommands(program, terminal)
  addPatch(program, terminal)
  addLabel(program, terminal)
  addValidate(program, terminal)
  addConvert(program, terminal)
  const ipam = program
    .command('ipam')
    .description('Addresses: pools, blocks and who uses them.')
    .addHelpText('after', '\nExample:\n  manxctl ipam show')
  addIpamShow(ipam, terminal)
  const node = program
    .command('node')
    .description('The node that this runs on.')
    .addHelpText('after', '\nExample:\n  sudo manxctl node status')
  addNodeStatus(node, terminal)
  addVersion(program, terminal)
  return program
}
