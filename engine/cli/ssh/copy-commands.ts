import { string } from '../../../shared/field.ts'
import { KEY_TYPES } from '../../ssh/role/key-type.ts'
import { type Command, command } from '../command.ts'
import { choice } from '../flags.ts'
import type { CopyProgram } from './copy-program.ts'

/** Flags of `postern ssh` that make sense for it, by the same names. */
const FLAGS = {
  role: string({
    description:
      'Role to log in with. The default is the only role that fits the host; if several do, you are asked at a terminal.',
  }),
  mode: choice(...KEY_TYPES)({
    description: 'Kind of credential: "otp", "ca" or "dynamic". The default is that of the role.',
  }),
  'mount-point': string({ description: 'Path of the SSH secrets engine.', default: 'ssh/' }),
  'public-key-path': string({ description: 'With -mode=ca: public key file to sign.' }),
  'strict-host-key-checking': choice(
    'yes',
    'ask',
    'accept-new',
    'no',
  )({ description: 'StrictHostKeyChecking of ssh, for unknown host keys.' }),
  'user-known-hosts-file': string({
    description: 'UserKnownHostsFile of ssh: a file of known host keys, instead of the usual ones.',
  }),
  'host-key-mount-point': string({
    description: 'Path of the SSH secrets engine whose CA signs host keys.',
  }),
  'ssh-executable': string({ description: 'The ssh program to run.', default: 'ssh' }),
}

interface Description {
  readonly summary: string
  readonly usage: string
  readonly examples: readonly [string, string]
}

const copyCommand = (name: CopyProgram, { summary, usage, examples }: Description): Command =>
  command({
    name,
    summary,
    usage,
    text: `
Runs ${name}, and has it connect by "postern ssh". The flags below come first. From the first other word on, everything is passed to ${name} unchanged; "--" ends the flags. The exit code is that of ${name}.

    $ postern ${name} ${examples[0]}

With a role, and an option of ${name}:

    $ postern ${name} ${examples[1]}`,
    flags: FLAGS,
    arguments: [1, Infinity],
    endsAtArgument: true,
    // whatever is no flag of this command is for the program, with all that follows
    foreign: words => words.length,
    async run({ given, args, flags, io }) {
      const { copyFiles } = await import('./copy-files.ts')
      return copyFiles(
        { program: name, words: args, given, executable: flags['ssh-executable'] },
        io,
      )
    },
  })

export const scp = copyCommand('scp', {
  summary: 'Copy files by scp, with a credential of the engine',
  usage: '[options] [scp options] source ... target',
  examples: ['file ubuntu@10.1.2.3:', '-role=web -r folder ubuntu@10.1.2.3:folder'],
})

export const sftp = copyCommand('sftp', {
  summary: 'Transfer files by sftp, with a credential of the engine',
  usage: '[options] [sftp options] [user@]host[:path]',
  examples: ['ubuntu@10.1.2.3', '-role=web -b batch ubuntu@10.1.2.3'],
})

export const rsync = copyCommand('rsync', {
  summary: 'Synchronize files by rsync, with a credential of the engine',
  usage: '[options] [rsync options] source ... target',
  examples: [
    '-a folder/ ubuntu@10.1.2.3:folder/',
    '-role=web --delete -a folder/ ubuntu@10.1.2.3:folder/',
  ],
})
