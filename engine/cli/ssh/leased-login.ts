import { attempt } from '../../../shared/result.ts'
import type { LeasedKeyType } from '../../ssh/role/key-type.ts'
import type { Client } from '../client.ts'
import { EXIT, Failure } from '../failure.ts'
import { RequestError } from '../request-error.ts'
import {
  type Credential,
  refusesAddress,
  requestCredential,
  revoke,
  rolesFor,
} from './credential.ts'
import { hostTrust } from './host-trust.ts'
import { Interruption } from './interruption.ts'
import type { LoginContext, LoginOptions } from './login-options.ts'
import { type PasswordEnd, passwordLogin } from './password-login.ts'
import { privateFolder } from './private-folder.ts'
import { isReachable } from './reachable.ts'
import { roleChoices } from './role-reach.ts'
import { SSH_FAILED } from './run-ssh.ts'
import { findTarget, type Target } from './target.ts'
import { whyNoCredential } from './why-no-credential.ts'
import { whyRefused } from './why-refused.ts'

interface LeasedLoginOptions extends LoginOptions {
  readonly role: string | undefined
  /** The required kind of credential; undefined for that of the role. */
  readonly mode: LeasedKeyType | undefined
}

/** Logs in to a host with a one-time password or a dynamic key, and revokes it afterwards. Gives the exit code. Contract §7. */
export async function leasedLogin(
  options: LeasedLoginOptions,
  context: LoginContext,
): Promise<number> {
  const { client, print, io } = context
  const { executable } = options
  const target = await findTarget({ executable, environment: io.environment }, options.words)
  const role = options.role ?? (await onlyRole(options, target, context))
  using interruption = new Interruption()
  const begun = performance.now()
  const credential = await matchingCredential(
    target,
    { ...options, role },
    { client, interruption },
  )
  if (options.noExec) {
    await print.secret(credential.envelope)
    return EXIT.ok
  }
  const ended = await attempt(() =>
    logIn(credential, target, { options: { ...options, role }, context, interruption }),
  )
  if (!ended.ok) {
    await attempt(() => revoke(credential, client))
    throw ended.error
  }
  if (isSpent(ended.value)) return ended.value.code
  if (ended.value.passwordSent && !ended.value.killed) {
    const login = { mount: options.mount, age: performance.now() - begun }
    const why = await attempt(() => whyRefused(credential, login, client))
    if (why.ok && why.value) print.note(why.value)
  }
  await revokeUnused(credential, ended.value, context)
  return ended.value.code
}

type Wanted = Pick<LeasedLoginOptions, 'mode' | 'mount'> & { readonly role: string }

interface Session {
  readonly client: Client
  readonly interruption: Interruption
}

/** A credential of the required kind. @throws {Failure} that names the -mode for the role */
async function matchingCredential(
  target: Target,
  wanted: Wanted,
  session: Session,
): Promise<Credential> {
  const { mode, mount, role } = wanted
  const { client } = session
  const requested = await attempt(() => credentialFor(target, wanted, session))
  if (!requested.ok) {
    const { error } = requested
    const why = await whyNoCredential(error, target, { client, mount, role })
    if (why === undefined || !(error instanceof Failure)) throw error
    throw new Failure(`${error.message.trimEnd()}\n\n${why}`, error.exitCode)
  }
  const { keyType } = requested.value
  if (mode === undefined || mode === keyType) return requested.value
  await attempt(() => revoke(requested.value, client))
  throw new Failure(
    `the role ${JSON.stringify(role)} makes other credentials: use -mode=${keyType}`,
  )
}

/** Whether the host redeemed the password, which revoked its lease, and let the user in. */
const isSpent = ({ passwordSent, killed, code }: PasswordEnd) =>
  passwordSent && !killed && code !== SSH_FAILED

/** Revokes a credential that may still be valid. A failure is reported, but does not change the exit code. */
async function revokeUnused(
  credential: Credential,
  { passwordSent }: PasswordEnd,
  { client, print }: LoginContext,
): Promise<void> {
  const revoked = await attempt(() => revoke(credential, client))
  if (revoked.ok) return
  const { error } = revoked
  // the host redeemed it, so its lease is gone, and then refused the login
  if (passwordSent && error instanceof RequestError && error.status === 403) return
  print.note(`failed to revoke key: ${error instanceof Error ? error.message : String(error)}`)
}

/** The default role: the only one that covers the address of the host. @throws {Failure} unless there is exactly one */
async function onlyRole(
  { mount }: LoginOptions,
  { addresses }: Target,
  { client, print }: LoginContext,
) {
  const found = await Promise.all(addresses.map(address => rolesFor(client, mount, address))).catch(
    error => {
      // the policy that a login needs does not allow to look up roles
      throw error instanceof Failure && error.cause instanceof RequestError
        ? new Failure(`${error.message.trimEnd()}\n\nName the role with -role.`, error.exitCode)
        : error
    },
  )
  const roles = [...new Set(found.flat())].sort()
  const [role, ...others] = roles
  if (role === undefined)
    throw new Failure(`No matching roles found for IP ${addresses.join(', ')}`)
  if (others.length > 0)
    throw new Failure(
      `Multiple roles are registered for this IP. Name one with -role:\n\n${await roleChoices(client, mount, { roles, addresses })}`,
    )
  print.note(`No -role was given. The only one for this host is ${JSON.stringify(role)}.`)
  return role
}

/** A credential for the first address that the role covers and that accepts connections; a single address is not tried. */
async function credentialFor(
  target: Target,
  { mount, role }: { readonly mount: string; readonly role: string },
  { client, interruption }: Session,
): Promise<Credential> {
  let reason: unknown
  for (const address of target.addresses) {
    try {
      const credential = await requestCredential(client, {
        mount,
        role,
        username: target.user,
        address,
      })
      const found = await attempt(() =>
        interruption.unlessStopped(() => answers(target, credential)),
      )
      if (found.ok && found.value) return credential
      await attempt(() => revoke(credential, client))
      if (!found.ok) throw found.error
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

/** Whether the host can be reached; true without a test if it has one address or ssh connects through a proxy. */
const answers = async ({ addresses, proxied, port }: Target, credential: Credential) =>
  addresses.length === 1 ||
  proxied ||
  isReachable(credential.address, Number(port ?? credential.port))

interface LoginRun {
  readonly options: LeasedLoginOptions & { readonly role: string }
  readonly context: LoginContext
  readonly interruption: Interruption
}

async function logIn(
  credential: Credential,
  target: Target,
  { options, context: { client, io, print }, interruption }: LoginRun,
): Promise<PasswordEnd> {
  const { executable, words, hostMount: mount, hostNames } = options
  const { environment } = io
  // the files must exist until ssh exits
  using files = mount === undefined ? undefined : privateFolder(environment)
  const program = { executable, environment, signal: interruption.signal }
  const trust = mount && files && (await hostTrust({ mount, hostNames, client, program, files }))
  const { address, port } = credential
  const choices = { ...options, address, port, hostTrust: trust || undefined }
  const run = { executable, words, choices, interruption }
  switch (credential.keyType) {
    case 'otp':
      return await passwordLogin(credential, target, { ...run, io, print })
    case 'dynamic': {
      const { keyLogin } = await import('./key-login.ts')
      const more = { role: `${options.mount}/${options.role}`, environment }
      return { ...(await keyLogin(credential, target, { ...run, ...more })), passwordSent: false }
    }
  }
}
