import { shellWords } from '../shell-words.ts'
import type { Credential } from '../ssh/credential.ts'
import { sshOptions, type Target } from '../ssh/target.ts'

/** The ssh command that logs in where a password is for, and asks for it. */
export function readyCommand(
  typed: string,
  target: Target,
  { address, port }: Pick<Credential, 'address' | 'port'>,
): string {
  const choices = {
    ...{ address, port, strictHostKeyChecking: undefined, userKnownHostsFile: undefined },
  }
  const options = sshOptions(target, choices, {
    PreferredAuthentications: 'keyboard-interactive',
  })
  // ssh uses port 22 by itself
  const needed = options[0] === '-p' && options[1] === '22' ? options.slice(2) : options
  return shellWords(['ssh', ...needed, typed])
}
