import { tellsUser } from '../flags.ts'
import { followStack } from './follow-stack.ts'
import {
  answersOf,
  type Command,
  checksPasswords,
  commandOf,
  credentialAnswersOf,
  groupOf,
  helperAnswers,
} from './pam-modules.ts'
import { authLines, BrokenStack, type Line, type ReadService } from './pam-stack.ts'

/** What {@link checkStack} needs to know about the host. */
export interface HostFacts {
  readonly read: ReadService
  /** Whether a program that pam_exec runs is the helper. */
  readonly isHelper: (program: string) => boolean
  /** Whether a program exists and can be run. */
  readonly canRun: (program: string) => boolean
}

/** Why one-time passwords do not work, or what else lets users in. */
export interface StackFault {
  readonly kind:
    | 'broken'
    | 'other-service'
    | 'no-helper'
    | 'cannot-run'
    | 'no-password'
    | 'other-way'
    | 'refuses'
    | 'no-credentials'
  readonly says: string
}

/** The result of checking a stack. */
export interface StackCheck {
  /** Empty if all is well. */
  readonly faults: readonly StackFault[]
  /** The same, in words. */
  readonly problems: readonly string[]
  /** What may be intended, but should be known. */
  readonly notes: readonly string[]
  /** The arguments of the helper in the first line that runs it; undefined if none does. */
  readonly words: readonly string[] | undefined
}

/**
 * Checks what can let in a user who types a password at sshd's prompt. Follows every path through the stack, with every code that each
 * module can return: the helper must be able to allow a login, and no login may succeed without it.
 */
export function checkStack(service: string, host: HostFacts): StackCheck {
  try {
    const own = authLines(service, host.read)
    if (own.length > 0) return checkLines(service, own, host)
    const checked = checkLines(service, authLines('other', host.read), host)
    const says = `${service} has no auth line, and PAM takes those of the service "other"`
    return resultOf(checked, [fault('other-service', says), ...checked.faults])
  } catch (error) {
    if (!(error instanceof BrokenStack)) throw error
    const says = `${error.message}: PAM refuses every login, also with a key`
    return resultOf({ notes: [], words: undefined }, [fault('broken', says)])
  }
}

function checkLines(service: string, lines: readonly Line[], host: HostFacts): StackCheck {
  const commands = new Map(
    lines.flatMap(line => {
      const command = commandOf(line)
      return command && host.isHelper(command.program) ? [[line, command] as const] : []
    }),
  )
  const [command] = commands.values()
  const ways = waysIn(lines, commands, host)
  const otherWaysIn = ways.filter(({ helper }) => !helper)
  const others = new Set(otherWaysIn.flatMap(({ by, group }) => (group ? [] : [by])))
  const faults: readonly StackFault[] = [
    ...(command
      ? faultsOf(command, host)
      : [fault('no-helper', `no auth line of ${service} runs postern-helper`)]),
    ...[...others].map(by => fault('other-way', `${by} lets users in without postern-helper`)),
  ]
  const groups = new Set(otherWaysIn.flatMap(({ group }) => group ?? []))
  const notes = [
    ...(command ? shownToUsers(command) : []),
    ...[...groups].map(
      group => `members of the group ${group} may log in with the password of their account, too`,
    ),
  ]
  return resultOf(
    { notes, words: command?.words },
    faults.length > 0 ? faults : hindrances(service, lines, ways),
  )
}

const resultOf = (
  { notes, words }: Pick<StackCheck, 'notes' | 'words'>,
  faults: readonly StackFault[],
): StackCheck => ({ faults, problems: faults.map(({ says }) => says), notes, words })

/** One path through the stack that succeeds. */
interface WayIn {
  /** Whether the helper has returned success. */
  readonly helper: boolean
  /** The first other line that has; a module that checks passwords takes precedence. */
  readonly by: string
  /** The group to whose members this path is limited, if it takes the password of their account. */
  readonly group: string | undefined
}

interface Trace {
  readonly helper: boolean
  readonly by: string
  readonly password: boolean
  readonly group: string
}

function waysIn(
  lines: readonly Line[],
  commands: ReadonlyMap<Line, Command>,
  host: HostFacts,
): readonly WayIn[] {
  const endings = followStack<Trace>(lines, {
    start: { helper: false, by: '', password: false, group: '' },
    answers: line => {
      const command = commands.get(line)
      return command ? helperAnswers(faultsOf(command, host).length === 0) : answersOf(line)
    },
    passed: (trace, line) => {
      const group = groupOf(line)
      if (commands.has(line)) return { ...trace, helper: true }
      if (group !== undefined) return { ...trace, group }
      const takesPassword = checksPasswords(line)
      const by =
        trace.by === '' || (takesPassword && !trace.password)
          ? `${line.module} (${line.place})`
          : trace.by
      return { ...trace, by, password: trace.password || takesPassword }
    },
  })
  return endings.flatMap(({ open, trace: { helper, by, password, group } }) =>
    open
      ? [{ helper, by: by || `pam_succeed_if.so`, group: password && group ? group : undefined }]
      : [],
  )
}

const fault = (kind: StackFault['kind'], says: string): StackFault => ({ kind, says })

/** Why the helper that a line runs can allow no login. */
function faultsOf({ program, getsPassword }: Command, { canRun }: HostFacts): StackFault[] {
  if (!program.startsWith('/'))
    return [fault('cannot-run', `the path of ${program} must begin with /`)]
  if (!canRun(program)) return [fault('cannot-run', `${program} is not there, or cannot be run`)]
  return getsPassword
    ? []
    : [
        fault(
          'no-password',
          'the line of postern-helper needs expose_authtok, and no type= but auth',
        ),
      ]
}

/** What users who are refused see, where that is not as it should be. */
const shownToUsers = ({ options, words }: Command): string[] => [
  ...(options.includes('quiet')
    ? []
    : ['without quiet, pam_exec shows users the exit code of postern-helper']),
  ...(tellsUser(words) && !options.includes('stdout')
    ? ['-tell-user shows users nothing without the option stdout of pam_exec']
    : []),
]

/** Why one-time passwords do not work although the helper is run. */
function hindrances(service: string, lines: readonly Line[], ways: readonly WayIn[]): StackFault[] {
  if (!ways.some(({ helper }) => helper))
    return [fault('refuses', `the other auth lines of ${service} refuse every one-time password`)]
  const settings = followStack(lines, {
    start: '',
    answers: credentialAnswersOf,
    passed: trace => trace,
  })
  return settings.some(({ open }) => open)
    ? []
    : [
        fault(
          'no-credentials',
          `no auth line of ${service} says yes when sshd sets credentials: put "auth required pam_env.so" behind postern-helper`,
        ),
      ]
}
