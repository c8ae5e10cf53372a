import { lastWords, type SshProgram } from './ssh-client.ts'
import type { Target } from './target.ts'

interface Attempt {
  readonly program: SshProgram
  /** All that ssh was given. */
  readonly words: readonly string[]
}

/** Why ssh failed before the host asked for the one-time password, as far as it can be found out, and what to do. */
export async function whyUnasked(
  { otherQuestion }: { readonly otherQuestion: string | undefined },
  target: Target,
  { program, words }: Attempt,
): Promise<string> {
  if (otherQuestion !== undefined)
    return `${UNASKED} It asked ${JSON.stringify(otherQuestion.slice(0, 200))} instead,\nwhich is not how the PAM line of the helper asks.`
  // a host on the way would be logged in to once more
  const said = target.proxied ? '' : await lastWords(program, words)
  const reason = reasonFor(said, target)
  return reason === '' ? UNASKED : `${UNASKED} ${reason}`
}

const UNASKED = 'ssh ended before the host asked for the one-time password, which has been revoked.'

function reasonFor(said: string, { options }: Target): string {
  if (said.includes('Host key verification failed')) return UNKNOWN_KEY
  const [, list] = /Permission denied \(([^)]*)\)/.exec(said) ?? []
  if (list === undefined) return ''
  if (list.split(',').includes('keyboard-interactive'))
    return 'It would have asked, but\nssh was told not to answer: by BatchMode, KbdInteractiveAuthentication or PreferredAuthentications.'
  const offered = `It offers only: ${list}.\n`
  return options.has('identityfile')
    ? `${offered}It did not take the key, or does not take one-time passwords: see KbdInteractiveAuthentication and UsePAM in its sshd_config.`
    : `${offered}If it wants a key as well, name yours behind the host: -i FILE. Else see KbdInteractiveAuthentication and UsePAM in its sshd_config.`
}

const UNKNOWN_KEY =
  'The key of the host\nis not known here: check it and add it to known_hosts, or be asked with -strict-host-key-checking=ask.'
