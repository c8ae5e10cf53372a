import { visible } from '../../../shared/visible.ts'
import type { Call } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'
import { readSnapshot } from '../snapshot/read-snapshot.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { addAuthMount, PASSWORDS } from './auth-resources.ts'
import type { EXPORT_FLAGS } from './export-flags.ts'
import { type Block, blockText, Reference } from './hcl-text.ts'
import { addIdentity } from './identity-resources.ts'
import { Resources } from './resources.ts'
import { addSshMount } from './ssh-resources.ts'

/** Prints what the server has. Gives the exit code. @throws {Failure} if the token may not read all of it */
export async function runExport({
  flags,
  print,
  io,
  connect,
}: Call<typeof EXPORT_FLAGS>): Promise<number> {
  const tell = (text: string) => io.stderr.isTTY && print.note(text)
  const snapshot = await readSnapshot(connect({ wrapTtl: undefined }), 'this server', tell)
  if (snapshot.unreadable.length > 0)
    throw new Failure(
      `your token may not read ${snapshot.unreadable.join(', ')}: docs/import.md has a policy that suffices`,
      EXIT.server,
    )
  print.line(terraformText(snapshot, flags.adopt))
  return EXIT.ok
}

const PROVIDER: Block = {
  head: ['terraform'],
  attributes: {},
  blocks: [
    {
      head: ['required_providers'],
      attributes: { vault: new Reference('{\n  source = "hashicorp/vault"\n}') },
    },
  ],
}

/** A configuration for Terraform's provider "vault". */
export function terraformText(snapshot: Snapshot, adopts: boolean): string {
  const resources = new Resources(adopts)
  const accessors = new Map(
    snapshot.authMounts.flatMap(mount => {
      const accessor = addAuthMount(resources, mount)
      return accessor ? [[mount.path, accessor] as const] : []
    }),
  )
  addIdentity(resources, snapshot, accessors)
  for (const mount of snapshot.sshMounts) addSshMount(resources, mount)
  for (const [name, policy] of snapshot.policies)
    if (name !== 'default')
      resources.add({ type: 'vault_policy', name: [name], id: name, attributes: { name, policy } })
  const text = [PROVIDER, ...(hasUsers(snapshot) ? [PASSWORDS] : []), ...resources.blocks]
    .map(blockText)
    .join('\n\n')
  return `${withReferences(text, snapshot, resources)}\n\n${missing(snapshot)}`
}

const hasUsers = ({ authMounts }: Snapshot): boolean =>
  authMounts.some(({ type, records }) => type === 'userpass' && records.size > 0)

/** Has the templates of policies and roles name accessors and ids by reference, since another server has others. */
function withReferences(text: string, snapshot: Snapshot, resources: Resources): string {
  const { authMounts, entities, groups } = snapshot
  const known = [
    ...authMounts.map(
      ({ accessor, path }) => [accessor, path.replace(/\/$/, ''), 'accessor'] as const,
    ),
    ...[...entities, ...groups].map(({ id }) => [id, id, 'id'] as const),
  ].flatMap(([used, id, attribute]) => {
    const address = resources.addressOf(id)
    return address && used !== '' ? [[used, `\${${address}.${attribute}}`] as const] : []
  })
  return text.replace(/\{\{[^{}\n]*\}\}/g, template =>
    known.reduce((done, [used, reference]) => done.replaceAll(used, () => reference), template),
  )
}

/** What is not in the configuration, as comments. */
function missing({ foreign, sshMounts, authMounts }: Snapshot): string {
  const users = authMounts.filter(({ type }) => type === 'userpass')
  const secretIds = authMounts.filter(({ secretIds: ids }) =>
    [...ids.values()].some(count => count > 0),
  )
  const clients = authMounts.filter(({ records }) => records.get('config')?.oidc_client_id)
  const more = sshMounts.filter(({ issuers }) => issuers.length > 1)
  const left = [
    ...users.map(({ path }) => `the passwords of auth/${path}`),
    ...secretIds.map(({ path }) => `the secret ids of auth/${path}`),
    ...clients.map(({ path }) => `the client secret of auth/${path}config`),
    ...more.map(({ path }) => `the issuers of ${path} that are not the default`),
    ...foreign.map(({ path, type }) => `${path}, of the type ${type}`),
    'the policy "default", tokens, and leases',
  ]
  // a line of a comment ends with the text
  const lines = left.map(each => `#   ${visible(each).replaceAll('\n', '\\n')}`)
  return `# Not in this file:\n${lines.join('\n')}`
}
