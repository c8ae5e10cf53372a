import type { CliIo } from '../cli-io.ts'
import type { Client } from '../client.ts'
import { command } from '../command.ts'
import { during, EXIT, Failure } from '../failure.ts'
import { texts } from '../flags.ts'
import { mountPath } from '../path.ts'
import { Progress } from '../progress.ts'
import { objectOf } from '../secrets/secrets-list.ts'
import { attempted, endCertificates, endTokens, type Step } from './end-user.ts'
import { findDoors } from './find-doors.ts'
import { findEnrollTokens, findKeys } from './find-left.ts'
import { findUser, loginMethods, type Method, type User } from './find-user.ts'

export const userOff = command({
  name: 'user off',
  summary: 'End everything that a user has, and say what is still open',
  usage: '[options] NAME',
  text: `
For somebody who leaves: disables the entity, which refuses its tokens and logins from then on; revokes its tokens with their child tokens and leases, so passwords and keys end; revokes its certificates; and lists what is still open. NAME is the name or id of the entity, or the name in an auth method.

    $ postern user off ann

What is done stays done, also if the command is interrupted. Run it again at any time, such as when a host that did not answer is back:

    $ postern user off -format=json ann

Sessions that are open on hosts go on, and a connection that the user shares (ControlMaster, as with ssh-config) takes more of them: only the host can end it. What the user may know is not ended: secret ids of AppRoles, root tokens, passwords of hosts. The account in the auth method stays, and its logins are refused; delete it there too. To let the user in again, write disabled=false to the entity; what was revoked stays revoked.

Exits with 0 if nothing is known to be open, with 1 if something is, with 2 if a step failed. Requires the policy "leaver" of docs/policies.md, or one like it.`,
  flags: {
    mount: texts({
      description:
        'Path of an SSH secrets engine. May be given several times. The default is all of them.',
    }),
  },
  arguments: [1, 1],
  prints: 'field',
  async run({ args: [typed = ''], flags, print, io, connect }) {
    const client = connect({ wrapTtl: undefined })
    const methods = await loginMethods(client)
    const user = await findUser(client, typed.trim(), methods)
    await requireAnother(client, user)
    const mounts = flags.mount?.map(mountPath) ?? (await sshMounts(client))
    const steps: (Step & { readonly failed?: true })[] = []
    const tell = (step: (typeof steps)[number]) => {
      steps.push(step)
      if (print.format !== 'table' || print.picks) return
      if (step.failed) print.note(step.did)
      else print.line(step.did)
    }
    tell(await disable(client, user))
    for (const work of stepsFor({ client, user, mounts, methods, io }))
      tell(await attempted(work()))
    const open = steps.flatMap(step => step.open)
    const remarks = [SESSIONS, ...steps.flatMap(step => step.remarks ?? [])]
    const failed = steps.filter(step => step.failed).map(({ did }) => did)
    const done = steps.filter(step => !step.failed).map(({ did }) => did)
    if (print.format !== 'table' || print.picks)
      await print.map(
        { entity_id: user.id, name: user.name, done, failed, open, remarks },
        'result',
        [],
      )
    else print.line(closing(open, remarks))
    if (failed.length > 0) return EXIT.server
    return open.length > 0 ? EXIT.local : EXIT.ok
  },
})

interface Work {
  readonly client: Client
  readonly user: User
  readonly mounts: readonly string[]
  readonly methods: readonly Method[]
  readonly io: CliIo
}

/** What follows once the user is disabled. Each can be repeated. */
function* stepsFor({ client, user, mounts, methods, io }: Work) {
  yield () => endTokens(client, user, new Progress(io))
  for (const mount of mounts) {
    yield () => endCertificates(client, user, mount)
    yield () => findKeys(client, user, { mount, io })
    yield () => findEnrollTokens(client, user, mount)
  }
  yield () => findDoors(client, user, methods)
}

async function disable(client: Client, { id, name }: User): Promise<Step> {
  const what = `Error disabling the entity ${name}`
  await during(what, client.write(`identity/entity/id/${id}`, { disabled: true }))
  return { did: `Disabled the entity ${name} (${id}).`, open: [] }
}

/** @throws {Failure} for the user who runs the command: it would end its own token before it is done */
async function requireAnother(client: Client, { ids, name }: User): Promise<void> {
  const own = await during('Error looking up your token', client.read('auth/token/lookup-self'))
  // a token keeps the id that its entity had before it was merged
  if (ids.some(id => id === own?.data?.entity_id))
    throw new Failure(`${name} is you: let another administrator do it`)
}

async function sshMounts(client: Client): Promise<readonly string[]> {
  const reply = await during('Error listing secrets engines', client.read('sys/mounts'))
  return Object.entries(reply?.data ?? {})
    .filter(([, mount]) => objectOf(mount).type === 'ssh')
    .map(([path]) => path)
}

function closing(open: readonly string[], remarks: readonly string[]): string {
  const listed = open.map(each => `  * ${each}`).join('\n')
  const first = open.length === 0 ? NOTHING : `Still open:\n${listed}`
  return ['', first, ...remarks].join('\n')
}

const NOTHING = 'Nothing that is known is still open.'

const SESSIONS =
  'Sessions on hosts go on until they end, and connections that are shared (ControlMaster) take more: end the processes of sshd there.'
