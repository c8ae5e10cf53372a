import { readFileSync } from 'node:fs'
import { Refusal } from '../refusal.ts'
import { bootUnit, hasSystemd } from './confirmation.ts'
import { digestOf, fileWith, isSameState, stateOf } from './file-state.ts'
import type { Change, Phase } from './journal.ts'
import type { HostFacts, Layout } from './layout.ts'
import { ownStack, withAuthLines } from './pam-lines.ts'
import { changeTo } from './restore.ts'
import { sshdSettings, withoutSettings, withSettingsBlock } from './sshd-lines.ts'

const DROP_IN = '/etc/ssh/sshd_config.d/10-postern.conf'

/** Files that decide about logins, and what they will say. */
export interface LoginPlan {
  readonly changes: readonly ReturnType<typeof changeTo>[]
  /** The whole stack that sshd will use. */
  readonly stack: string
  /** The file with sshd's settings, its text, and the settings alone. */
  readonly settings: { readonly file: string; readonly text: string; readonly lines: string }
}

interface Wanted {
  readonly layout: Layout
  readonly facts: HostFacts
  /** sshd's present configuration file. */
  readonly sshdConfig: string
  readonly program: string
  /** In the line of PAM. */
  readonly command: string
  readonly unfinishedFile: string
  readonly earlier: readonly Change[]
}

/** Plans the files of PAM, sshd and systemd. @throws {Refusal} if one of them must be changed by hand */
export function planLogins(wanted: Wanted): LoginPlan {
  const stack = stackOf(wanted)
  const settings = settingsOf(wanted)
  const units = hasSystemd() ? bootUnit(wanted.program, wanted.unfinishedFile) : []
  const files = [
    ...units.map(unit => ({ ...unit, phase: 'unit' as const })),
    { file: stack.file, phase: 'stack' as const, next: owned(stack.file, stack.text) },
    { file: settings.file, phase: 'sshd' as const, next: owned(settings.file, settings.text) },
  ]
  const changes = files
    .map(({ next, ...place }) => changeTo(place, next, earlierOf(place, wanted.earlier)))
    .filter(({ previous, next }) => !isSameState(previous, next))
  return { changes, stack: stack.text, settings }
}

const earlierOf = (
  { file }: { readonly file: string; readonly phase: Phase },
  earlier: readonly Change[],
) => earlier.find(each => each.file === file)

/** What others have added to our settings of sshd, which stays. */
function addedBy(earlier: readonly Change[]): string {
  const [found, known] = [stateOf(DROP_IN), earlier.find(({ file }) => file === DROP_IN)]
  // all of it is as we left it, also if it is of another version: what others had added is in the original
  const kept = known && digestOf(found) === known.after ? known.original : found
  return (kept?.kind === 'file' && withoutSettings(kept.content.toString('latin1'))) || ''
}

/** A file that is there keeps its owner and mode, but nobody else may write it. */
function owned(file: string, text: string) {
  const found = stateOf(file)
  if (found?.kind === 'link')
    throw new Refusal(
      'manual',
      `${file} is a link, so it is not changed: replace it by a file, or set this host up by hand (docs/hosts.md)`,
    )
  const { mode, ...rest } = found ?? fileWith('')
  return { ...rest, mode: mode & ~0o022, content: Buffer.from(text, 'latin1') }
}

function stackOf({ layout, command }: Wanted): { readonly file: string; readonly text: string } {
  if (layout.stack === 'own') return { file: '/etc/pam.d/postern-sshd', text: ownStack(command) }
  const file = '/etc/pam.d/sshd'
  const inserted = withAuthLines(readFileSync(file, 'latin1'), command)
  if ('text' in inserted) return { file, text: inserted.text }
  throw new Refusal(
    'manual',
    `${file} was not changed: ${inserted.obstacle}; put the lines of docs/hosts.md there by hand`,
  )
}

function settingsOf({ layout, facts, sshdConfig, earlier }: Wanted): LoginPlan['settings'] {
  const lines = sshdSettings(facts.abilities)
  if (layout.settings === 'drop-in') return { file: DROP_IN, text: lines + addedBy(earlier), lines }
  const text = withSettingsBlock(readFileSync(sshdConfig, 'latin1'), lines)
  return { file: '/etc/ssh/sshd_config', text, lines }
}
