import { readFileSync } from 'node:fs'
import { Refusal } from '../refusal.ts'
import { bootUnit, hasSystemd } from './confirmation.ts'
import { fileWith, isSameState, stateOf } from './file-state.ts'
import type { Change, Phase } from './journal.ts'
import type { HostFacts, Layout } from './layout.ts'
import { ownStack, withAuthLines } from './pam-lines.ts'
import { changeTo } from './restore.ts'
import { sshdSettings, withSettingsBlock } from './sshd-lines.ts'

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

/** A file that is there keeps its owner and mode. */
function owned(file: string, text: string) {
  const found = stateOf(file)
  if (found?.kind === 'link')
    throw new Refusal(
      'manual',
      `${file} is a link, so it is not changed: replace it by a file, or set this host up by hand (docs/hosts.md)`,
    )
  return { ...(found ?? fileWith('')), content: Buffer.from(text, 'latin1') }
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

function settingsOf({ layout, facts, sshdConfig }: Wanted): LoginPlan['settings'] {
  const lines = sshdSettings(facts.abilities)
  if (layout.settings === 'drop-in') return { file: DROP_IN, text: lines, lines }
  const text = withSettingsBlock(readFileSync(sshdConfig, 'latin1'), lines)
  return { file: '/etc/ssh/sshd_config', text, lines }
}
