import { lstatSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import { Invalid } from '../../shared/invalid.ts'
import { requireTrustedFolder } from '../../shared/trusted-file.ts'
import { USUAL_CONFIG } from '../flags.ts'
import { Refusal } from '../refusal.ts'

/** Where packages, and docs/hosts.md, install the helper. */
const USUAL = ['/usr/sbin/postern-helper', '/usr/local/sbin/postern-helper']

/** The path of this program for the line of PAM. @throws {Refusal} if another user than root could replace it */
export function ownProgram(): string {
  const real = realpathSync(process.execPath)
  const program = USUAL.find(path => isSame(path, real)) ?? real
  try {
    for (const path of [program, real]) requireTrustedFolder(dirname(path))
    const { uid, mode } = lstatSync(real)
    if (uid !== process.geteuid?.() || (mode & 0o022) !== 0)
      throw new Invalid(`${real} belongs to another user, or others can write it`)
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    throw new Refusal(
      'settings',
      `${error.message}: sshd would run a program that is not root's alone; install it as /usr/local/sbin/postern-helper first`,
    )
  }
  return program
}

/** The command in the line of PAM. */
export const helperCommand = (program: string, config: string): string =>
  `${program} -tell-user${config === USUAL_CONFIG ? '' : ` -config=${config}`}`

function isSame(path: string, real: string): boolean {
  try {
    return realpathSync(path) === real
  } catch {
    return false
  }
}
