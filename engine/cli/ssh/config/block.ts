import { join } from 'node:path'
import { Failure } from '../../failure.ts'

/** What a block of the configuration of ssh is for. */
export interface BlockOptions {
  /** Patterns of host names, as ssh takes them: `*.example.com,!db.example.com`. */
  readonly pattern: string
  /** Undefined if the engine decides, for each host. */
  readonly mode: 'otp' | 'ca' | 'dynamic' | undefined
  /** User to log in as. */
  readonly user: string | undefined
  /** Flags of the check, other than the directory. */
  readonly flags: Readonly<Record<string, string>>
  /** The command that starts this program. */
  readonly self: readonly string[]
  /** Directory of sockets, certificates and notes. */
  readonly directory: string
  /** How ssh gets the CA of host keys; undefined if it gets none. */
  readonly trust: { readonly file: string; readonly byCommand: boolean } | undefined
}

/** What a shell might take for the end of `'…'`: a name with it never reaches the command. fish takes a backslash for an escape even there. */
const NOT_QUOTABLE = `!*'*,!*\\*`

/** The `Match` block of a pattern, between two lines by which it is found again. */
export function blockFor(options: BlockOptions): string {
  const { pattern, mode, user, directory } = options
  const lines = [
    `# begin ${pattern}`,
    `Match host "${pattern},${NOT_QUOTABLE}" user "*,${NOT_QUOTABLE}" exec "${checkCommand(options)}"`,
    ...(user === undefined ? [] : [`  User ${user}`]),
    ...trustLines(options),
    ...(mode === 'ca' ? [] : ['  ControlMaster no', `  ControlPath ${path(directory, '%C')}`]),
    ...(mode === 'ca' || mode === undefined ? certificateLines(directory) : []),
    `# end ${pattern}`,
  ]
  return `${lines.join('\n')}\n`
}

/** The text with the block of a pattern replaced, added at the end, or removed. */
export function withBlock(text: string, pattern: string, block: string | undefined): string {
  const start = text.indexOf(`# begin ${pattern}\n`)
  const end = `# end ${pattern}\n`
  const stop = text.indexOf(end, start)
  if (start < 0 || stop < 0) return block === undefined ? text : `${text}\n${block}`
  const [before, after] = [text.slice(0, start), text.slice(stop + end.length)]
  return block === undefined ? `${before.replace(/\n$/, '')}${after}` : `${before}${block}${after}`
}

/** Whether a text has a block. */
export const hasBlocks = (text: string): boolean => /^# begin \S+$/m.test(text)

function checkCommand({ self, flags, directory }: BlockOptions): string {
  const given = Object.entries({ directory, ...flags }).map(([name, value]) => `-${name}=${value}`)
  const words = [...self, 'ssh', '-check', ...given].map(quoted)
  // in place of the shell, so that the parent process is the ssh that asks
  return `exec ${words.join(' ')} -- '%n' '%r' '%p'`
}

/** A word within `'…'` for the shell, within the `"…"` of ssh, which replaces %. @throws {Failure} if it cannot be written so */
function quoted(word: string): string {
  requireQuotable(word)
  const text = word.replaceAll('%', '%%')
  return /^[\w@+=:,./-]+$/.test(text) ? text : `'${text}'`
}

/** A path in a line of the configuration. @param name in the directory, may have tokens */
const path = (directory: string, name: string) => {
  requireQuotable(directory)
  return `"${join(directory.replaceAll('%', '%%'), name)}"`
}

function requireQuotable(text: string): void {
  if (/['"\\$\p{Cc}]/u.test(text))
    throw new Failure(
      `the configuration of ssh cannot hold ${JSON.stringify(text)}: quotes, backslashes, dollar signs and control characters`,
    )
}

function trustLines({ trust, directory }: BlockOptions): readonly string[] {
  if (!trust) return []
  const file = path(directory, trust.file)
  return trust.byCommand
    ? [`  KnownHostsCommand /bin/cat ${file}`]
    : [`  UserKnownHostsFile ~/.ssh/known_hosts ~/.ssh/known_hosts2 ${file}`]
}

/** The identity is a link to the key of the certificate, or its public part if an agent has it. */
const certificateLines = (directory: string) => [
  `  CertificateFile ${path(directory, '%r@%h:%p-cert.pub')}`,
  `  IdentityFile ${path(directory, '%r@%h:%p')}`,
]
