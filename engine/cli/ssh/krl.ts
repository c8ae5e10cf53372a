import { string } from '../../../shared/field.ts'
import { Invalid } from '../../../shared/invalid.ts'
import { systemReason } from '../../../shared/system-reason.ts'
import { summarizeKrl } from '../../openssh/krl-reader.ts'
import { command } from '../command.ts'
import { during, EXIT, Failure } from '../failure.ts'
import { writeNewFile } from '../new-file.ts'
import { trimPath } from '../path.ts'
import { MOUNT, MOUNT_ALIAS } from './mount-flag.ts'

export const krl = command({
  name: 'krl',
  summary: 'Show or save the key revocation list for sshd',
  usage: '[options]',
  text: `
Prints the version of the key revocation list of an SSH secrets engine, when it last changed, and how much it revokes. The list is public and requires no token.

    $ postern krl

Save it in a new file, for RevokedKeys of sshd or for ssh-keygen -Q:

    $ postern krl -out=revoked-keys

Hosts fetch it themselves: see "postern-helper krl". Which version a host has, "postern hosts show" tells.`,
  flags: {
    out: string({ description: 'New file to write the list to.', default: '' }),
    ...MOUNT,
  },
  aliases: MOUNT_ALIAS,
  names: { flags: { mount: 'mount' } },
  arguments: [0, 0],
  prints: 'field',
  async run({ flags: { out, mount }, print, connect }) {
    const path = `${trimPath(mount)}/krl`
    const what = `Error reading ${path}`
    const bytes = await during(what, connect({ wrapTtl: undefined }).readBytes(path))
    if (!bytes)
      throw new Failure(`No SSH secrets engine is mounted at ${trimPath(mount)}/`, EXIT.server)
    const told = shown(bytes, what)
    if (out !== '') save(out, bytes)
    await print.map(
      told,
      'list',
      Object.entries(told).map(([name, value]) => [name, `${value}`]),
    )
    return EXIT.ok
  },
})

function shown(bytes: Buffer, what: string) {
  try {
    const { version, generatedAt, serials, keyIds, keys, fingerprints } = summarizeKrl(bytes)
    return {
      version: Number(version),
      changed_time: generatedAt === 0 ? 'never' : new Date(generatedAt * 1000).toISOString(),
      serial_numbers: Number(serials),
      key_ids: keyIds,
      keys,
      fingerprints,
      bytes: bytes.length,
    }
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    throw new Failure(`${what}: ${error.message}`, EXIT.server, { cause: error })
  }
}

function save(file: string, bytes: Buffer): void {
  try {
    writeNewFile(file, bytes)
  } catch (error) {
    throw new Failure(`Error writing ${file}: ${systemReason(error)}`, EXIT.local, { cause: error })
  }
}
