import { attempt } from '../../../shared/result.ts'
import type { Client } from '../client.ts'
import { EXIT, Failure } from '../failure.ts'
import type { Printer } from '../print.ts'
import type { World } from '../world.ts'
import { askCredential, type Credential, refusesAddress, rolesFor } from './credential.ts'
import { PasswordDesk } from './password-desk.ts'
import { isReachable } from './reachable.ts'
import { runSsh } from './run-ssh.ts'
import { canBeAnswered } from './ssh-client.ts'
import { BY_PASSWORD, findTarget, spokenName, sshOptions, type Target } from './target.ts'

interface Wish {
  /** The host, and all that ssh is to be given. */
  readonly words: readonly string[]
  readonly role: string | undefined
  readonly mount: string
  readonly executable: string
  readonly strictHostKeyChecking: string
  readonly userKnownHostsFile: string | undefined
  /** Print the password instead of logging in. */
  readonly noExec: boolean
}

interface Means {
  readonly client: Client
  readonly print: Printer
  readonly world: World
}

/** Exit code of ssh for all that went wrong before the remote command. */
const SSH_FAILED = 255

/** Logs in to a host with a one-time password or a new key, as the role says, and makes sure that it is of no use afterwards. Gives the exit code. Contract §7. */
export async function login(wish: Wish, means: Means): Promise<number> {
  const { client, print } = means
  const target = await findTarget(programOf(wish, means), wish.words)
  const role = wish.role ?? (await onlyRole(wish, target, means))
  const credential = await credentialFor(target, { ...wish, role }, client)
  if (wish.noExec) {
    await print.secret(credential.envelope)
    return EXIT.ok
  }
  const ended = await attempt(() =>
    credential.keyType === 'dynamic'
      ? logInWithKey(credential, target, wish, means)
      : logIn(credential, target, wish, means),
  )
  const revoked = await attempt(() => revoke(credential, client))
  if (!ended.ok) throw ended.error
  if (revoked.ok) return ended.value
  const reason = revoked.error instanceof Error ? revoked.error.message : String(revoked.error)
  print.note(`failed to revoke key: ${reason}`)
  return ended.value === EXIT.ok ? EXIT.server : ended.value
}

const programOf = ({ executable }: Wish, { world }: Pick<Means, 'world'>) => ({
  executable,
  environment: world.environment,
})

/** The role to take when none is named: the one that reaches the host, if there is one. */
async function onlyRole({ mount }: Wish, { addresses }: Target, { client, print }: Means) {
  const found = await Promise.all(addresses.map(address => rolesFor(client, mount, address)))
  const roles = [...new Set(found.flat())].sort()
  const [role, ...others] = roles
  if (role === undefined)
    throw new Failure(`No matching roles found for IP ${addresses.join(', ')}`)
  if (others.length > 0)
    throw new Failure(
      `Multiple roles are registered for this IP. Name one with -role:\n\n${roles.map(each => `  ${each}`).join('\n')}`,
    )
  print.note(`No -role was given. The only one for this host is ${JSON.stringify(role)}.`)
  return role
}

/** A credential for the first address that the role reaches and, if there are several, that takes connections. */
async function credentialFor(
  target: Target,
  { mount, role }: { readonly mount: string; readonly role: string },
  client: Client,
): Promise<Credential> {
  let reason: unknown
  for (const address of target.addresses) {
    try {
      const credential = await askCredential(client, {
        mount,
        role,
        username: target.user,
        address,
      })
      if (await answers(target, credential)) return credential
      await attempt(() => revoke(credential, client))
      reason ??= new Failure(
        `${target.host} takes no connections at ${target.addresses.join(', ')}`,
      )
    } catch (error) {
      if (!refusesAddress(error)) throw error
      reason = error
    }
  }
  throw reason
}

/** With only one address, or where somebody else connects, it is for ssh to find out. */
const answers = async ({ addresses, proxied, port }: Target, credential: Credential) =>
  addresses.length === 1 ||
  proxied ||
  isReachable(credential.address, Number(port ?? credential.port))

async function logIn(
  credential: Credential,
  target: Target,
  wish: Wish,
  { world, print }: Means,
): Promise<number> {
  const { executable } = wish
  const choices = { ...wish, address: credential.address, port: credential.port }
  const words = [...sshOptions(target, choices, BY_PASSWORD), ...wish.words]
  if (!(await canBeAnswered(programOf(wish, { world })))) {
    print.note(TOO_OLD)
    print.note(`OTP for the session is: ${credential.key.reveal()}`)
    return runSsh({ executable, words, environment: world.environment })
  }
  const spoken = { user: target.user, host: spokenName(target, choices) }
  await using desk = await PasswordDesk.open(world, credential.key, spoken)
  const environment = { ...world.environment, ...desk.environment }
  const code = await runSsh({ executable, words, environment, onStart: pid => desk.expect(pid) })
  if (code === SSH_FAILED && desk.unasked) print.note(NEVER_ASKED)
  return code
}

async function logInWithKey(
  credential: Credential,
  target: Target,
  wish: Wish,
  { world }: Means,
): Promise<number> {
  const { executable, words } = wish
  const choices = { ...wish, address: credential.address, port: credential.port }
  const { keyLogin } = await import('./key-login.ts')
  return keyLogin(credential, target, {
    executable,
    words,
    choices,
    environment: world.environment,
  })
}

const TOO_OLD =
  'This ssh cannot be given the password: that takes OpenSSH 8.4. Type it at the prompt.'

const NEVER_ASKED =
  'ssh ended before the host asked for the one-time password, which has been revoked. If the key of the host is not known here,\ncheck it and add it to known_hosts, or be asked with -strict-host-key-checking=ask.'

/** A password that was used is no more, and revoking it is no error. */
async function revoke({ envelope }: Credential, client: Client): Promise<void> {
  if (envelope.lease_id) await client.write('sys/leases/revoke', { lease_id: envelope.lease_id })
}
