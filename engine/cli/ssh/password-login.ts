import type { Secret } from '../../../shared/secret.ts'
import type { CliIo } from '../cli-io.ts'
import type { Printer } from '../print.ts'
import { system } from '../system.ts'
import { ASKPASS_VARIABLES } from './askpass.ts'
import { AskpassServer } from './askpass-server.ts'
import type { Credential } from './credential.ts'
import type { Interruption } from './interruption.ts'
import { runSsh, SSH_FAILED, type SshEnd } from './run-ssh.ts'
import { isSince } from './ssh-client.ts'
import { byPassword, spokenName, sshOptions, type Target } from './target.ts'
import { whyUnasked } from './why-unasked.ts'

interface PasswordLoginRun {
  readonly executable: string
  /** The arguments of ssh. */
  readonly words: readonly string[]
  readonly choices: Parameters<typeof sshOptions>[1]
  readonly io: CliIo
  readonly print: Printer
  readonly interruption: Interruption
  readonly output?: number | undefined
}

/** How ssh exited, and whether it was given the password. */
export interface PasswordEnd extends SshEnd {
  readonly passwordSent: boolean
}

/** Runs ssh, and passes it the one-time password when the host asks for it. */
export async function passwordLogin(
  credential: Credential,
  target: Target,
  run: PasswordLoginRun,
): Promise<PasswordEnd> {
  const { executable, words, choices, io, interruption, output } = run
  const { environment } = io
  const program = { executable, environment, signal: interruption.signal }
  const own = [...sshOptions(target, choices, byPassword(target)), ...words]
  const start = { executable, words: own, environment, interruption, output }
  if (!system.sshAsksPrograms || !(await isSince(program, ASKPASS_SINCE))) {
    showPassword(run.print, credential.key)
    return { ...(await runSsh(start)), passwordSent: true }
  }
  const { user, proxied } = target
  const spoken = { user, host: spokenName(target, choices), proxied }
  using server = await AskpassServer.open(io, credential.key, spoken)
  const ended = await runSsh({
    ...start,
    more: { ...server.environment, ...(target.isBatch && { [ASKPASS_VARIABLES.batch]: 'yes' }) },
    onStart: pid => server.expect(pid),
  })
  const attempt = { program, words: own, byCertificate: choices.hostTrust !== undefined }
  if (ended.code === SSH_FAILED && !ended.killed && !server.passwordSent)
    run.print.note(await whyUnasked(server, target, attempt))
  return { ...ended, passwordSent: server.passwordSent }
}

/** The version of OpenSSH with SSH_ASKPASS_REQUIRE. */
const ASKPASS_SINCE = '8.4'

function showPassword(print: Printer, password: Secret): void {
  print.note(
    'The password cannot be passed to this ssh, which takes OpenSSH 8.4. Enter it at the prompt.',
  )
  print.note(`OTP for the session is: ${password.reveal()}`)
}
