import { attempt } from '../../../shared/result.ts'
import type { LeasedKeyType } from '../../ssh/role/key-type.ts'
import { ConnectionError } from '../connection-error.ts'
import { EXIT } from '../failure.ts'
import { RequestError } from '../request-error.ts'
import type { RoleNaming } from './binding.ts'
import { type Credential, revoke } from './credential.ts'
import { hostTrust } from './host-trust.ts'
import { Interruption } from './interruption.ts'
import type { LoginContext, LoginOptions } from './login-options.ts'
import { matchingCredential } from './matching-credential.ts'
import { type PasswordEnd, passwordLogin } from './password-login.ts'
import { privateFolder } from './private-folder.ts'
import { SSH_FAILED } from './run-ssh.ts'
import { findTarget, type Target } from './target.ts'
import { whyRefused } from './why-refused.ts'

/** Milliseconds for the engine to answer once ssh has ended. To remove a key, it has to log in to the host. */
const END_TIMEOUT = 15_000
/** Milliseconds before a user is told what takes long. */
const SILENT_TIME = 1_000

interface LeasedLoginOptions extends LoginOptions {
  readonly role: string
  /** The required kind of credential; undefined for that of the role. */
  readonly mode: LeasedKeyType | undefined
  /** By what the role covers hosts. */
  readonly naming: RoleNaming
  /** Name of an enrolled host that the password is for; undefined for the host that ssh connects to. */
  readonly host: string | undefined
  /** Called with the seconds of the lease, before ssh is run. */
  readonly onIssued?: (seconds: number) => void
}

/** Logs in to a host with a one-time password or a dynamic key, and revokes it afterwards. Gives the exit code. Contract §7. */
export async function leasedLogin(
  options: LeasedLoginOptions,
  context: LoginContext,
): Promise<number> {
  const { client, print, io } = context
  const { executable } = options
  const program = { executable, environment: io.environment }
  // a name for the engine needs no address, and name servers may not know the host
  const resolve = options.host === undefined
  const target = options.target ?? (await findTarget(program, options.words, { resolve }))
  using interruption = new Interruption()
  const begun = performance.now()
  const credential = await matchingCredential(target, options, { client, interruption })
  if (options.noExec) {
    await print.secret(credential.envelope)
    return EXIT.ok
  }
  options.onIssued?.(credential.envelope.lease_duration)
  const ended = await attempt(() => logIn(credential, target, { options, context, interruption }))
  // an engine that is lost meanwhile must not hold up the user
  await using ending = client.within(END_TIMEOUT)
  if (!ended.ok) {
    await attempt(() => revoke(credential, ending))
    throw ended.error
  }
  if (isSpent(ended.value)) return ended.value.code
  if (ended.value.passwordSent && !ended.value.killed) {
    const login = { mount: options.mount, age: performance.now() - begun }
    const why = await attempt(() => whyRefused(credential, login, ending))
    if (why.ok && why.value) print.note(why.value)
  }
  await revokeUnused(credential, ended.value, { client: ending, begun, print, io })
  return ended.value.code
}

/** Whether the host redeemed the password, which revoked its lease, and let the user in. */
const isSpent = ({ passwordSent, killed, code }: PasswordEnd) =>
  passwordSent && !killed && code !== SSH_FAILED

interface Revocation extends LoginContext {
  /** When the credential was requested, by the monotonic clock, in milliseconds. */
  readonly begun: number
}

/** Revokes a credential that may still be valid. A failure is reported, but does not change the exit code. */
async function revokeUnused(
  credential: Credential,
  { passwordSent }: PasswordEnd,
  { client, print, io, begun }: Revocation,
): Promise<void> {
  const name = NAMES[credential.keyType]
  const waiting = setTimeout(
    () => io.stderr.isTTY && print.note(`Revoking the ${name} …`),
    SILENT_TIME,
  )
  const revoked = await attempt(() => revoke(credential, client))
  clearTimeout(waiting)
  if (revoked.ok) return
  const { error } = revoked
  // the host redeemed it, so its lease is gone, and then refused the login
  if (passwordSent && error instanceof RequestError && error.status === 403) return
  const text = error instanceof Error ? error.message : String(error)
  if (!(error instanceof ConnectionError)) return print.note(`failed to revoke key: ${text}`)
  const age = (performance.now() - begun) / 1000
  const left = Math.max(0, Math.ceil(credential.envelope.lease_duration - age))
  const [why] = text.split('\n')
  print.note(`failed to revoke key: ${why}. The ${name} is valid for ${left} more seconds.`)
}

const NAMES = { otp: 'one-time password', dynamic: 'key' } as const

interface LoginRun {
  readonly options: LeasedLoginOptions
  readonly context: LoginContext
  readonly interruption: Interruption
}

async function logIn(
  credential: Credential,
  target: Target,
  { options, context: { client, io, print }, interruption }: LoginRun,
): Promise<PasswordEnd> {
  const { executable, words, hostMount: mount, hostNames, output } = options
  const { environment } = io
  // the files must exist until ssh exits
  using files = mount === undefined ? undefined : privateFolder(environment)
  const program = { executable, environment, signal: interruption.signal }
  const trust = mount && files && (await hostTrust({ mount, hostNames, client, program, files }))
  const { address, port } = credential
  const choices = { ...options, address, port, hostTrust: trust || undefined }
  const run = { executable, words, choices, interruption, output }
  switch (credential.keyType) {
    case 'otp':
      return await passwordLogin(credential, target, { ...run, io, print })
    case 'dynamic': {
      const { keyLogin } = await import('./key-login.ts')
      const more = {
        confirms: options.confirms === true,
        role: `${options.mount}/${options.role}`,
        environment,
      }
      return { ...(await keyLogin(credential, target, { ...run, ...more })), passwordSent: false }
    }
  }
}
