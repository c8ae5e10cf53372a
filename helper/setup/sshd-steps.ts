import { outputOf } from '../commands/run-program.ts'
import { pamServiceOf, parseSshdSettings, type SshdSettings } from '../commands/sshd-settings.ts'
import { Refusal } from '../refusal.ts'
import { makeFolder } from './file-state.ts'
import type { Journal } from './journal.ts'
import { OWN_SERVICE } from './pam-lines.ts'
import type { SshdSteps } from './restore.ts'
import { otherConfigs, reloadSshd } from './sshd-process.ts'

/**
 * @param what begins the message
 * @throws {Refusal} if sshd could not start with the configuration that is there
 */
export function checkSshd(sshd: string, what = 'the configuration of sshd has errors'): void {
  try {
    outputOf(what, [sshd, '-t'])
  } catch (error) {
    const { message } = error as Error
    const [, folder] = /Missing privilege separation directory: (\/\S+)/.exec(message) ?? []
    if (folder === undefined) throw error
    // its unit makes it, which has not been started yet
    makeFolder(folder)
    outputOf(what, [sshd, '-t'])
  }
}

/** What is done to a real sshd while files are restored. */
export const sshdSteps = (sshd: string, { passwords }: Pick<Journal, 'passwords'>): SshdSteps => ({
  check() {
    checkSshd(sshd)
    if (passwords === false) requireNoPasswords(sshd)
    for (const file of [[], ...otherConfigs().map(config => ['-f', config])])
      requireForgotten(sshd, file)
  },
  reload: reloadSshd,
})

/**
 * The stack of the distribution asks for the password of the account.
 * @throws {Refusal} if sshd would take it, which it did not before the set-up
 */
function requireNoPasswords(sshd: string): void {
  if (!takesPasswords(parseSshdSettings(outputOf('sshd -T', [sshd, '-T'])))) return
  throw new Refusal(
    'manual',
    'sshd would take the passwords of accounts, as it did not before the set-up: a file of sshd now has "PasswordAuthentication yes" or "KbdInteractiveAuthentication yes". Take that line out, and run this again, or add -force',
  )
}

/** Whether a login can send a password to PAM. */
export const takesPasswords = (settings: SshdSettings): boolean =>
  settings.get('passwordauthentication') === 'yes' ||
  // before OpenSSH 8.7 these were two settings, both of which must be on
  (settings.get('kbdinteractiveauthentication') !== 'no' &&
    settings.get('challengeresponseauthentication') !== 'no')

/** @throws {Refusal} if sshd still names our stack */
function requireForgotten(sshd: string, file: readonly string[]): void {
  const settings = parseSshdSettings(
    outputOf(['sshd -T', ...file].join(' '), [sshd, '-T', ...file]),
  )
  if (pamServiceOf(settings) !== OWN_SERVICE) return
  throw new Refusal(
    'manual',
    `another file of sshd${file.length > 0 ? `, or ${file[1]},` : ''} still has "PAMServiceName ${OWN_SERVICE}", so its stack is not removed: take that line out, and run this again`,
  )
}
