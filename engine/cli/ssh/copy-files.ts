import { tokenVariables } from '../child-environment.ts'
import type { CliIo } from '../cli-io.ts'
import { shellWords } from '../shell-words.ts'
import type { CopyProgram } from './copy-program.ts'
import { Interruption } from './interruption.ts'
import { privateFolder } from './private-folder.ts'
import { runSsh } from './run-ssh.ts'

interface Copying {
  readonly program: CopyProgram
  /** Its arguments. */
  readonly words: readonly string[]
  /** The flags for `postern ssh`. */
  readonly given: readonly string[]
  /** The ssh program. */
  readonly executable: string
}

/** The option that sets the program to connect with. */
const CONNECT_BY = { scp: '-S', sftp: '-S', rsync: '-e' } as const

/** Runs a program that connects by `postern ssh` with these flags. Gives its exit code. @throws {Failure} if it cannot be run */
export async function copyFiles(
  { program, words, given, executable }: Copying,
  { self, environment }: CliIo,
): Promise<number> {
  using interruption = new Interruption()
  using files = privateFolder(environment)
  const flags = [...given]
  if (program === 'sftp') {
    // it leaves Ctrl-C to itself, as sftp has set it, but Node undoes that for its children
    const calm = `#!/bin/sh\ntrap '' INT\nexec ${shellWords([executable])} "$@"\n`
    flags.push(`-ssh-executable=${files.write('ssh', calm, 0o700)}`)
  }
  const connect = `#!/bin/sh\nexec ${shellWords([...self, 'ssh', ...flags])} "$@"\n`
  const script = files.write('connect', connect, 0o700)
  return (
    await runSsh({
      executable: program,
      words: [CONNECT_BY[program], program === 'rsync' ? shellWords([script]) : script, ...words],
      // the token of this command is for the one that it runs
      environment,
      more: tokenVariables(environment),
      advice: `Install ${program}.`,
      interruption,
    })
  ).code
}
