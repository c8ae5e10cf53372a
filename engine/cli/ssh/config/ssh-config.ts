import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { command } from '../../command.ts'
import { EXIT, Failure } from '../../failure.ts'
import { blockFor, hasBlocks, withBlock } from './block.ts'
import { blockOptions } from './block-options.ts'
import { CONFIG_FLAGS, type ConfigCall } from './config-flags.ts'
import { endConnections } from './end-connections.ts'
import { withInclude, withoutInclude } from './include-line.ts'
import { privateDirectory } from './private-files.ts'
import { ProcessLock } from './process-lock.ts'
import { removeFile, type SshFiles, sshFiles, textOf, writeText } from './ssh-files.ts'

export const sshConfig = command({
  name: 'ssh-config',
  summary: 'Let plain ssh, scp, git and others get credentials by themselves',
  usage: '[options]',
  text: `
Writes a block for hosts into ~/.ssh/postern.conf, which it includes in the first line of ~/.ssh/config. After that, ssh asks the engine for a credential when it logs in to one of these hosts, and so do programs that run ssh. Needs a token, but not for the command itself.

    $ postern ssh-config -host='*.example.com' -role=web
    $ ssh ubuntu@web.example.com

With -mode=otp and -mode=dynamic ssh shares a connection that was opened with the credential; with -mode=ca it gets a certificate for your own key. Where the engine gives nothing or does not answer for 3 seconds, ssh goes on as if there were no block.

Show what would be written:

    $ postern ssh-config -host='*.example.com' -role=web -print

Take everything back:

    $ postern ssh-config -remove

The address of the server and its CA are written down as they are now, for programs that have no environment; the token is not.`,
  flags: CONFIG_FLAGS,
  arguments: [0, 0],
  names: {
    arguments: [],
    flags: { role: 'role', 'mount-point': 'mount', 'host-key-mount-point': 'mount' },
  },
  prints: 'format',
  async run(call) {
    const { flags, print } = call
    const files = sshFiles(flags.config)
    if (flags.remove) return remove(files, call)
    const block = blockFor(await blockOptions(call, files))
    if (flags.print) {
      if (print.format === 'table') print.line(block.trimEnd())
      else await print.rows({ block }, [], [])
      return EXIT.ok
    }
    using _ = await alone(files)
    writeText(files.fragment, withBlock(textOf(files.fragment) || HEADER, flags.host ?? '', block))
    writeText(files.config, withInclude(textOf(files.config), files.include))
    print.success(`Success! ssh gets credentials for: ${flags.host}`)
    return EXIT.ok
  },
})

const HEADER = '# Written by "postern ssh-config"; "postern ssh-config -remove" takes it back.\n'

/** Milliseconds to wait for another run, which takes a few. */
const PATIENCE = 5000

/** Keeps other runs out, which would write what they have read before. @throws {Failure} if one does not end */
async function alone({ directory }: SshFiles): Promise<ProcessLock> {
  const lock = await ProcessLock.take(join(privateDirectory(directory), 'config.lock'), PATIENCE)
  if (lock) return lock
  throw new Failure('another "postern ssh-config" is at work: try again when it has ended')
}

/** Takes back the block of a pattern; without one, and with the last block, everything. */
async function remove(files: SshFiles, { flags, print }: ConfigCall): Promise<number> {
  using _ = existsSync(files.directory) ? await alone(files) : undefined
  const rest =
    flags.host === undefined ? '' : withBlock(textOf(files.fragment), flags.host, undefined)
  if (hasBlocks(rest)) {
    writeText(files.fragment, rest)
    print.success(`Success! Removed the block for: ${flags.host}`)
    return EXIT.ok
  }
  const config = textOf(files.config)
  if (config.includes(files.include)) writeText(files.config, withoutInclude(config, files.include))
  await endConnections(files.directory)
  for (const path of [files.fragment, files.directory]) removeFile(path)
  print.success(`Success! Removed ${files.fragment}, and the line that included it`)
  return EXIT.ok
}
