import type { Refusal } from '../refusal.ts'
import { outputOf } from './run-program.ts'

/** sshd's effective configuration, in the lower case of `sshd -T`. */
export type SshdSettings = ReadonlyMap<string, string>

/** Asks sshd for its configuration outside of all Match blocks. @throws {Refusal} with the reason if that fails */
export function readSshdSettings(): SshdSettings {
  return parseSshdSettings(outputOf('sshd -T', ['sshd', '-T']))
}

export const parseSshdSettings = (text: string): SshdSettings =>
  new Map(
    text.split('\n').flatMap(line => {
      const [, name, value] = /^(\S+) (.*)$/.exec(line) ?? []
      return name !== undefined && value !== undefined ? [[name.toLowerCase(), value] as const] : []
    }),
  )

/** The service whose PAM stack sshd uses. OpenSSH before 9.9 has no setting for it. */
export const pamServiceOf = (settings: SshdSettings): string =>
  settings.get('pamservicename')?.toLowerCase() ?? 'sshd'

/**
 * What in the settings of sshd prevents or bypasses one-time passwords.
 * @param deadline of the helper, in milliseconds
 */
export function sshdProblems(settings: SshdSettings, deadline: number): string[] {
  const problems: string[] = []
  if (settings.get('usepam') !== 'yes')
    problems.push(
      'UsePAM is not yes: sshd does not ask PAM, and may check the passwords of accounts',
    )
  if (
    ['kerberosauthentication', 'passwordauthentication'].every(name => settings.get(name) === 'yes')
  )
    problems.push(
      'KerberosAuthentication and PasswordAuthentication are yes: sshd accepts the password of a Kerberos principal without PAM',
    )
  // before 8.7 these were two settings, both of which must be on
  const off = ['kbdinteractiveauthentication', 'challengeresponseauthentication'].filter(
    name => settings.get(name) === 'no',
  )
  if (off.length > 0)
    problems.push(`${NAMES[off[0] ?? '']} is no: sshd does not ask for one-time passwords`)
  const methods = settings.get('authenticationmethods') ?? 'any'
  if (methods !== 'any' && !methods.includes('keyboard-interactive'))
    problems.push(`AuthenticationMethods is ${methods}, without keyboard-interactive`)
  const grace = Number(settings.get('logingracetime') ?? 0)
  if (grace > 0 && grace * 1000 <= deadline)
    problems.push(
      `LoginGraceTime is ${grace}s, and deadline in helper.toml is ${deadline / 1000}s: it must be shorter`,
    )
  return problems
}

const NAMES: Readonly<Record<string, string>> = {
  kbdinteractiveauthentication: 'KbdInteractiveAuthentication',
  challengeresponseauthentication: 'ChallengeResponseAuthentication',
}

/** What may be intended, but should be known. */
export const sshdNotes = (settings: SshdSettings): string[] =>
  settings.get('passwordauthentication') === 'yes'
    ? ['PasswordAuthentication is yes: that method asks the same PAM stack']
    : []

/** Why the settings of sshd cannot be read, if that is no fault of the host; undefined if it is one. */
export function excuseOf({ message }: Refusal): string | undefined {
  if (process.geteuid?.() !== 0) return 'only root may ask sshd for its settings'
  if (/ENOENT/.test(message)) return 'there is no sshd here'
  if (/privilege separation directory/.test(message))
    return 'sshd has no /run/sshd, so it told no settings'
  return undefined
}
