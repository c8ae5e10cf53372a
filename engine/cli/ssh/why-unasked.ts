import { probeErrors, type SshProgram } from './ssh-client.ts'
import type { Target } from './target.ts'

/** What else was asked while ssh ran. */
interface Asked {
  /** What the host asked in place of the password. */
  readonly otherQuestion: string | undefined
  /** Another process than ssh asked for the password, on the way through another host. */
  readonly byOther: boolean
}

interface Attempt {
  readonly program: SshProgram
  /** All that ssh was given. */
  readonly words: readonly string[]
}

/** Why ssh failed before the host asked for the one-time password, as far as it can be found out, and what to do. */
export async function whyUnasked(
  { otherQuestion, byOther }: Asked,
  target: Target,
  attempt: Attempt,
): Promise<string> {
  if (otherQuestion !== undefined)
    return `${UNASKED} It asked ${JSON.stringify(otherQuestion.slice(0, 200))} instead,\nwhich is not how the PAM line of the helper asks.`
  if (byOther) return `${UNASKED} ${BY_OTHER}`
  // a host on the way would be logged in to once more
  const reason = target.proxied ? '' : await reasonFor(attempt, target)
  return reason === '' ? UNASKED : `${UNASKED} ${reason}`
}

const UNASKED = 'ssh ended before the host asked for the one-time password, which has been revoked.'

const BY_OTHER =
  'Another process asked:\na host on the way has the same user and name, or -ssh-executable is a script that does not end in "exec ssh".'

async function reasonFor({ program, words }: Attempt, { options }: Target): Promise<string> {
  const said = await probeErrors(program, words)
  const last = said.split('\n').at(-1) ?? ''
  if (last.includes('Host key verification failed'))
    return said.includes('IDENTIFICATION HAS CHANGED') ? CHANGED_KEY : UNKNOWN_KEY
  const [, list] = /Permission denied \(([^)]*)\)/.exec(last) ?? []
  if (list === undefined) return ''
  if (list.split(',').includes('keyboard-interactive')) return REFUSED
  const offered = `It offers only: ${list}.\n`
  return options.has('identityfile')
    ? `${offered}It did not take the key, or does not take one-time passwords: see KbdInteractiveAuthentication and UsePAM in its sshd_config.`
    : `${offered}If it wants a key as well, name yours behind the host: -i FILE. Else see KbdInteractiveAuthentication and UsePAM in its sshd_config.`
}

const REFUSED =
  'The host ended\nthe login without a question, as with /etc/nologin: its own log says why.'

const UNKNOWN_KEY =
  'The key of the host\nis not known here: check it and add it to known_hosts, or log in once at a terminal, where ssh asks.'

const CHANGED_KEY =
  'The key of the host\nis not the one that is known here: somebody may be in between, or the host is a new one. Ask who runs it.'
