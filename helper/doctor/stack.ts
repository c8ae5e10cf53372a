import { basename } from 'node:path'
import { checkStack, type HostFacts, type StackCheck } from '../commands/check-stack.ts'
import { followStack } from '../commands/follow-stack.ts'
import { answersOf, type Command, checksPasswords, commandOf } from '../commands/pam-modules.ts'
import { authLines, BrokenStack, type Line, type Service } from '../commands/pam-stack.ts'
import { pamServiceOf, type SshdSettings } from '../commands/sshd-settings.ts'
import type { HostView } from './host-view.ts'

/** The PAM stack that sshd uses. */
export interface Stack {
  readonly service: string
  /** The file of the service, or where it would be. */
  readonly file: string
  readonly isThere: boolean
  readonly check: StackCheck
  /** The auth lines in their real order; none if libpam cannot read them. */
  readonly lines: readonly Line[]
  /** The line that runs the helper, and how. */
  readonly helper: { readonly line: Line; readonly command: Command } | undefined
  /** What would let users in if libpam ignored the helper's line, and does not now. */
  readonly atSlip: readonly string[]
  readonly read: (service: string) => Service | undefined
}

/** Where libpam looks for services, in this order. */
const FOLDERS = ['/etc/pam.d', '/usr/lib/pam.d', '/usr/etc/pam.d']

/** Reads and checks the stack that sshd uses with these settings. */
export function examineStack(host: HostView, settings: SshdSettings): Stack {
  const service = pamServiceOf(settings)
  const facts = factsOf(host)
  const check = checkStack(service, facts)
  const slipped = checkStack(service, { ...facts, canRun: () => false })
  const lines = linesIn(service, facts)
  const found = facts.read(service)
  const known = new Set(check.problems)
  return {
    ...{ service, check, lines, read: facts.read },
    file: found?.file ?? `${FOLDERS[0]}/${service}`,
    isThere: found !== undefined,
    helper: helperIn(lines, facts),
    atSlip: slipped.faults
      .filter(({ kind, says }) => kind === 'other-way' && !known.has(says))
      .map(({ says }) => says.replace(/ lets users in .*/, '')),
  }
}

function helperIn(lines: readonly Line[], { isHelper }: HostFacts): Stack['helper'] {
  for (const line of lines) {
    const command = commandOf(line)
    if (command && isHelper(command.program)) return { line, command }
  }
  return undefined
}

function linesIn(service: string, { read }: HostFacts): readonly Line[] {
  try {
    return authLines(service, read)
  } catch (error) {
    if (error instanceof BrokenStack) return []
    throw error
  }
}

function factsOf(host: HostView): HostFacts {
  const self = host.real(process.execPath)
  return {
    read: service => serviceIn(host, service),
    isHelper: program => basename(program) === 'postern-helper' || host.real(program) === self,
    canRun: program => {
      const found = host.stat(program)
      return found?.isFile() === true && (found.mode & 0o111) !== 0
    },
  }
}

function serviceIn(host: HostView, service: string): Service | undefined {
  const files = service.startsWith('/') ? [service] : FOLDERS.map(folder => `${folder}/${service}`)
  for (const file of files) {
    const found = host.stat(file)
    // libpam reads a directory, or a device that has no end, as an empty file
    if (found) return { file, text: found.isFile() ? (host.text(file) ?? '') : '' }
  }
  return undefined
}

/** Whether a line asks for the password of the account in a login that the helper allows, with a one-time password that is none. */
export function asksAtGoodLogins({ lines, helper }: Stack, line: Line): boolean {
  if (!helper || line.kind !== 'module' || !checksPasswords(line)) return false
  const endings = followStack<{ readonly helper: boolean; readonly asked: boolean }>(lines, {
    start: { helper: false, asked: false },
    answers: each => (each === helper.line || each === line ? ['success'] : answersOf(each)),
    passed: (trace, each) => ({
      helper: trace.helper || each === helper.line,
      asked: trace.asked || each === line,
    }),
  })
  return endings.some(({ open, trace }) => open && trace.helper && trace.asked)
}

/** File and number of a line. */
export function placeIn({ place }: Line): { readonly file: string; readonly number: number } {
  const [, file = '', number = ''] = /^(.*) line (\d+)$/.exec(place) ?? []
  return { file, number: Number(number) }
}
