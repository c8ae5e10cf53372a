import { probeErrors, type SshProgram } from './ssh-client.ts'
import type { Target } from './target.ts'

/** Other questions while ssh ran. */
interface Asked {
  /** The question that the host asked instead. */
  readonly otherQuestion: string | undefined
  /** Another process than ssh asked for the password, on a connection through a proxy. */
  readonly byOther: boolean
}

interface Attempt {
  readonly program: SshProgram
  /** The arguments of ssh. */
  readonly words: readonly string[]
  /** Only hosts with a certificate of a CA are trusted. */
  readonly byCertificate: boolean
}

/** Why ssh failed before the host asked for the one-time password, if that can be determined, and what to do. */
export async function whyUnasked(
  { otherQuestion, byOther }: Asked,
  target: Target,
  attempt: Attempt,
): Promise<string> {
  if (otherQuestion !== undefined)
    return `${UNASKED} It asked ${JSON.stringify(otherQuestion.slice(0, 200))} instead,\nwhich is not the prompt of the helper's PAM line.`
  if (byOther) return `${UNASKED} ${BY_OTHER}`
  // probing would log in to the jump host once more
  const reason = target.proxied ? '' : await reasonFor(attempt, target)
  return reason === '' ? UNASKED : `${UNASKED} ${reason}`
}

const UNASKED = 'ssh ended before the host asked for the one-time password.'

const BY_OTHER =
  'Another process asked:\na jump host has the same user and name, or -ssh-executable is a script that does not end in "exec ssh".'

async function reasonFor(
  { program, words, byCertificate }: Attempt,
  { options }: Target,
): Promise<string> {
  const said = await probeErrors(program, words)
  const last = said.split('\n').at(-1) ?? ''
  if (last.includes('Host key verification failed')) {
    if (byCertificate) return NO_CERTIFICATE
    return said.includes('IDENTIFICATION HAS CHANGED') ? CHANGED_KEY : UNKNOWN_KEY
  }
  const [, list] = /Permission denied \(([^)]*)\)/.exec(last) ?? []
  if (list === undefined) return ''
  if (list.split(',').includes('keyboard-interactive')) return REFUSED
  const offered = `It offers only: ${list}.\n`
  return options.has('identityfile')
    ? `${offered}It did not accept the key, or does not accept one-time passwords: see KbdInteractiveAuthentication and UsePAM in its sshd_config.`
    : `${offered}If it requires a key as well, set yours after the host: -i FILE. Else see KbdInteractiveAuthentication and UsePAM in its sshd_config.`
}

const REFUSED = 'The host ended\nthe login without a prompt, as with /etc/nologin: see its log.'

const UNKNOWN_KEY =
  'The key of the host\nis unknown: verify it and add it to known_hosts, or log in once at a terminal, where ssh prompts.'

const NO_CERTIFICATE =
  'It showed no\ncertificate for this name of the CA that -host-key-mount-point names. No other host key is trusted then.'

const CHANGED_KEY =
  'The key of the host\nhas changed: this may be an attack on the connection, or a reinstalled host. Ask its operator.'
