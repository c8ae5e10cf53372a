import { Refusal } from '../refusal.ts'
import { digestOf, type FileState, stateOf, writeState } from './file-state.ts'
import { ANY, type Change, PHASES, type Phase } from './journal.ts'
import { isOwnStack, withoutAuthLines } from './pam-lines.ts'
import { withoutSettings, withoutSettingsBlock } from './sshd-lines.ts'
import { textDiff } from './text-diff.ts'
import { withoutTomlLines } from './toml-lines.ts'

/** Which state a file goes back to: that before any set-up, or that before the last run. */
export type Target = 'original' | 'previous'

/** What restoring one file does. */
export interface Restoration {
  readonly change: Change
  /** What is there now. */
  readonly current: FileState | undefined
  /** What will be there. */
  readonly next: FileState | undefined
  /** Said where the file was changed since the set-up. */
  readonly note: string | undefined
}

/** What restoring would do to the files of these phases: only those that it changes, or says something about, in its order. */
export const restorations = (
  changes: readonly Change[],
  { to, phases = PHASES }: { readonly to: Target; readonly phases?: readonly Phase[] },
): readonly Restoration[] =>
  PHASES.toReversed()
    .filter(phase => phases.includes(phase))
    .flatMap(phase => changes.filter(change => change.phase === phase).toReversed())
    .map(change => restorationOf(change, to, stateOf(change.file)))
    .filter(({ current, next, note }) => digestOf(current) !== digestOf(next) || note !== undefined)

/** What becomes of one file. */
export function restorationOf(
  change: Change,
  to: Target,
  current: FileState | undefined,
): Restoration {
  const target = change[to]
  const found = digestOf(current)
  if (found === digestOf(target)) return { change, current, next: current, note: undefined }
  if (found === change.after || change.after === ANY)
    return { change, current, next: target, note: undefined }
  // it was removed by somebody else, and nothing of ours is left
  if (!current) return { change, current, next: current, note: undefined }
  const next = withoutOurs(change, current, target)
  const note =
    digestOf(next) === found
      ? `${change.file} was changed since, and stays as it is`
      : `${change.file} was changed since: only the lines of postern-helper were removed`
  return { change, current, next, note }
}

/**
 * A file that was changed since, without our lines; undefined if nothing else is in it.
 * @param original what was there before, whose own lines come back
 */
export function withoutOurs(
  place: Pick<Change, 'file' | 'phase'>,
  current: FileState,
  original?: FileState,
): FileState | undefined {
  if (current.kind !== 'file') return current
  const text = current.content.toString('latin1')
  const rest = restOf(place, text, original?.content.toString('latin1'))
  return rest === undefined ? undefined : { ...current, content: Buffer.from(rest, 'latin1') }
}

function restOf(
  { file, phase }: Pick<Change, 'file' | 'phase'>,
  text: string,
  original: string | undefined,
): string | undefined {
  if (phase === 'stack') return isOwnStack(text) ? undefined : withoutAuthLines(text)
  if (phase === 'unit') return undefined
  if (phase === 'settings') return file.endsWith('.toml') ? withoutTomlLines(text, original) : text
  return file.endsWith('/sshd_config') ? withoutSettingsBlock(text) : withoutSettings(text)
}

/** What is run between the phases of a restoration. */
export interface SshdSteps {
  /** @throws {Refusal} if sshd could not start, or still names our stack */
  readonly check: () => void
  /** Has sshd read its configuration, and ends what has the old one. */
  readonly reload: () => Promise<number>
}

/**
 * Restores files. sshd forgets our stack before the stack is removed.
 * @throws {Refusal} and leaves the stack if sshd cannot be told
 */
export async function restore(steps: readonly Restoration[], sshd: SshdSteps): Promise<void> {
  const ofSshd = steps.filter(({ change }) => change.phase === 'sshd')
  const others = steps.filter(({ change }) => change.phase !== 'sshd')
  for (const step of ofSshd) put(step)
  // also if a run that was cut off has restored the settings: sshd may not have read them
  if (ofSshd.length > 0 || others.some(({ change }) => change.phase === 'stack')) {
    check(sshd, ofSshd)
    await sshd.reload()
  }
  for (const step of others) put(step)
}

/** @throws {Refusal} after the settings of sshd were put back, so that its next start finds what the stack is for */
function check(sshd: SshdSteps, done: readonly Restoration[]): void {
  try {
    sshd.check()
  } catch (error) {
    for (const { change, current, next } of done) put({ change, current: next, next: current })
    throw error
  }
}

function put({ change, current, next }: Pick<Restoration, 'change' | 'current' | 'next'>): void {
  if (digestOf(current) === digestOf(next)) return
  if (digestOf(stateOf(change.file)) !== digestOf(current))
    throw new Refusal('settings', `${change.file} was changed meanwhile: run this again`)
  writeState(change.file, next)
}

/** The difference that a restoration makes, as text. */
export const diffOf = ({
  change: { file },
  current,
  next,
}: Pick<Restoration, 'current' | 'next'> & { readonly change: Pick<Change, 'file'> }): string =>
  textDiff(file, shownText(current), shownText(next)) || modeDiff(file, current, next)

/** A file as a diff shows it: diffs are kept in logs, so without the private key of the host. */
const shownText = (state: FileState | undefined): string | undefined =>
  state &&
  (state.kind === 'link'
    ? `-> ${state.content}\n`
    : state.content.toString().replaceAll(PRIVATE_KEY, '$1\n(not shown)\n'))

const PRIVATE_KEY = /(-----BEGIN [A-Z ]*PRIVATE KEY-----)[^-]*/g

const modeDiff = (file: string, before: FileState | undefined, after: FileState | undefined) =>
  digestOf(before) === digestOf(after)
    ? ''
    : `${file}: mode ${shownMode(before)} becomes ${shownMode(after)}\n`

const shownMode = (state: FileState | undefined): string =>
  state ? `${state.mode.toString(8)} ${state.uid}:${state.gid}` : 'none'

/** Files that a set-up without a journal, by hand or by a run whose journal is lost, has left our lines in. */
export function foundChanges(): readonly Change[] {
  const places: readonly (readonly [string, Phase])[] = [
    ['/etc/pam.d/sshd', 'stack'],
    ['/etc/pam.d/postern-sshd', 'stack'],
    ['/etc/ssh/sshd_config', 'sshd'],
    ['/etc/ssh/sshd_config.d/10-postern.conf', 'sshd'],
  ]
  return places.flatMap(([file, phase]) => {
    const current = stateOf(file)
    if (!current) return []
    const rest = withoutOurs({ file, phase }, current)
    if (digestOf(rest) === digestOf(current)) return []
    return [{ file, phase, original: rest, previous: rest, after: digestOf(current) }]
  })
}

/** A change of one file from what is there now. @param earlier of a set-up that was finished, if it has this file */
export function changeTo(
  place: { readonly file: string; readonly phase: Phase },
  next: FileState,
  earlier: Change | undefined,
): Change & { readonly next: FileState } {
  const previous = stateOf(place.file)
  const isOurs = earlier !== undefined && digestOf(previous) === earlier.after
  // nothing of an edited file but the lines of others was there before
  const original = isOurs
    ? earlier.original
    : previous && withoutOurs(place, previous, earlier?.original)
  return { ...place, original, previous, after: digestOf(next), next }
}
