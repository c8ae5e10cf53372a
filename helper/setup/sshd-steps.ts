import { outputOf } from '../commands/run-program.ts'
import { pamServiceOf, parseSshdSettings } from '../commands/sshd-settings.ts'
import { Refusal } from '../refusal.ts'
import { makeFolder } from './file-state.ts'
import { OWN_SERVICE } from './pam-lines.ts'
import type { SshdSteps } from './restore.ts'
import { reloadSshd } from './sshd-process.ts'

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
export const sshdSteps = (sshd: string): SshdSteps => ({
  check() {
    checkSshd(sshd)
    const settings = parseSshdSettings(outputOf('sshd -T', [sshd, '-T']))
    if (pamServiceOf(settings) !== OWN_SERVICE) return
    throw new Refusal(
      'manual',
      `another file of sshd still has "PAMServiceName ${OWN_SERVICE}", so its stack is not removed: take that line out, and run this again`,
    )
  },
  reload: reloadSshd,
})
