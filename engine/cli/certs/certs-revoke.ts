import { counted } from '../../../shared/counted.ts'
import { boolean, string } from '../../../shared/field.ts'
import type { Client } from '../client.ts'
import { command } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'
import { trimPath } from '../path.ts'
import { cellOf, type Printer } from '../print.ts'
import { Progress } from '../progress.ts'
import { dataOf, replyTo } from '../reply.ts'
import { MOUNT, MOUNT_ALIAS } from '../ssh/mount-flag.ts'
import { valueText } from '../value-text.ts'

const all = (what: string) =>
  string({ description: `Revoke all certificates ${what}.`, default: '' })

export const certsRevoke = command({
  name: 'certs revoke',
  summary: 'Revoke certificates',
  usage: '[options] [SERIAL]',
  text: `
Revokes one certificate by its serial number, or all with one property. Hosts refuse them as soon as they have fetched the new key revocation list. A revocation cannot be taken back.

    $ postern certs revoke 4d5eed31568d74fa

All that were signed with a role so far:

    $ postern certs revoke -role=signs

What the same would stop, without doing it:

    $ postern certs revoke -preview -role=signs`,
  flags: {
    'key-id': all('with this key id, also later ones'),
    fingerprint: all('for the key with this fingerprint, "SHA256:…", also later ones'),
    role: all('signed with this role so far'),
    'entity-id': all('that this entity has requested so far'),
    preview: boolean({
      description: 'Tell what would be revoked, and revoke nothing.',
      default: false,
    }),
    issuer: all('of this issuer, given by name or id, and the issuer itself'),
    ...MOUNT,
  },
  aliases: MOUNT_ALIAS,
  names: { flags: { role: 'role', mount: 'mount' } },
  arguments: [0, 1],
  prints: 'field',
  async run({ args: [serial = ''], flags: { mount, preview, ...by }, print, io, connect }) {
    const conditions = Object.entries({
      serial_number: serial.trim(),
      key_id: by['key-id'],
      fingerprint: by.fingerprint,
      role: by.role,
      entity_id: by['entity-id'],
      issuer_ref: by.issuer,
    }).filter(([, value]) => value !== '')
    if (conditions.length !== 1)
      throw new Failure(
        'Name one certificate by its serial number, or one property of many by a flag',
      )
    const path = `${trimPath(mount)}/revoke`
    const client = connect({ wrapTtl: undefined })
    if (preview) return printPreview(client, `${path}/preview`, { conditions, print })
    const progress = new Progress(io)
    let revoked = 0
    for (;;) {
      const body = Object.fromEntries(conditions)
      const envelope = await replyTo(`Error revoking at ${path}`, client.write(path, body))
      const { revoked: count, krl_version: version, more } = envelope.data ?? {}
      revoked += Number(count ?? 0)
      progress.tell(`${counted(revoked, 'certificate')} revoked …`)
      if (more === true) continue
      print.warnings(envelope)
      const isDone = revoked === 0 && serial.trim() !== ''
      const said = isDone
        ? `${serial.trim()} was revoked before.`
        : `Success! Revoked ${counted(revoked, 'certificate')}. Hosts refuse them once they have version ${valueText(version ?? '')} of the list.`
      if (print.format === 'table' && !print.picks) print.line(said)
      else await print.map({ revoked, krl_version: version ?? null }, 'response', [])
      return EXIT.ok
    }
  },
})

interface Preview {
  readonly conditions: readonly (readonly [string, string])[]
  readonly print: Printer
}

async function printPreview(
  client: Client,
  path: string,
  { conditions, print }: Preview,
): Promise<number> {
  const body = Object.fromEntries(conditions)
  const data = await dataOf(`Error asking ${path}`, client.write(path, body))
  const rows = ROWS.map(([title, name]) => [title, cellOf(name, data)])
  await print.map(data, 'response', rows)
  return EXIT.ok
}

const ROWS = [
  ['Certificates', 'certificates'],
  ['There are more', 'more'],
  ['Last expiry', 'last_expiry'],
  ['Roles', 'roles'],
  ['Principals', 'principals'],
  ['Serials', 'keys'],
  ['Also later ones', 'later'],
] as const
