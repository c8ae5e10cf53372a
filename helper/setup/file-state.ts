import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { syncFolder } from '../../shared/sync-folder.ts'
import { systemReason } from '../../shared/system-reason.ts'
import { Refusal } from '../refusal.ts'

/** What is at a path: a regular file, or a symbolic link, whose content is its target. */
export interface FileState {
  readonly kind: 'file' | 'link'
  readonly content: Buffer
  /** Permission bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** A file of root's. */
export const fileWith = (text: string, mode = 0o644): FileState => ({
  ...{ kind: 'file', content: Buffer.from(text), mode, uid: 0, gid: 0 },
})

/** A symbolic link of root's. */
export const linkTo = (target: string): FileState => ({ ...fileWith(target, 0o777), kind: 'link' })

/** What is at `path`; undefined if nothing is. @throws {Refusal} if it is neither a file nor a link, or cannot be read */
export function stateOf(path: string): FileState | undefined {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (!found) return undefined
    const { mode, uid, gid } = found
    const owned = { mode: mode & 0o7777, uid, gid }
    if (found.isSymbolicLink())
      return { kind: 'link', content: Buffer.from(readlinkSync(path)), ...owned }
    if (found.isFile()) return { kind: 'file', content: readFileSync(path), ...owned }
  } catch (error) {
    throw new Refusal('settings', `${path} cannot be read: ${systemReason(error)}`)
  }
  throw new Refusal('settings', `${path} is no regular file: move it away first`)
}

/** Whether two states are equal in content, owner and mode. */
export const isSameState = (one: FileState | undefined, other: FileState | undefined): boolean =>
  digestOf(one) === digestOf(other)

/** A text that is equal for equal states only. */
export function digestOf(state: FileState | undefined): string {
  if (!state) return 'nothing'
  const { kind, content, mode, uid, gid } = state
  const hash = createHash('sha256').update(content).digest('hex')
  return kind === 'link' ? `link ${hash}` : `${kind} ${mode.toString(8)} ${uid}:${gid} ${hash}`
}

/**
 * Makes what is at `path` equal to `state`, or removes it. Readers see the old or the new one, and it is on the disk when this returns,
 * so a power failure cannot undo it. The parent directory must exist.
 * @throws {Refusal}
 */
export function writeState(path: string, state: FileState | undefined): void {
  const draft = draftOf(path)
  try {
    removeDraft(path)
    if (state) {
      if (state.kind === 'link') symlinkSync(state.content.toString(), draft)
      else writeSynced(draft, state)
      renameSync(draft, path)
    } else rmSync(path, { force: true })
    syncFolder(dirname(path))
  } catch (error) {
    rmSync(draft, { force: true })
    throw new Refusal('settings', `${path} cannot be written: ${systemReason(error)}`)
  }
}

const draftOf = (path: string): string => join(dirname(path), `.${basename(path)}.postern-draft`)

/** Removes what a run that was killed while it, or another command of the helper, wrote `path` has left. */
export function removeDraft(path: string): void {
  const folder = dirname(path)
  if (!existsSync(folder)) return
  const ofOthers = readdirSync(folder).filter(
    name =>
      name.startsWith(`${basename(path)}.`) &&
      /^\.\d+\.draft$/.test(name.slice(basename(path).length)),
  )
  for (const draft of [draftOf(path), ...ofOthers.map(name => join(folder, name))])
    rmSync(draft, { force: true })
}

function writeSynced(path: string, { content, mode, uid, gid }: FileState): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    fchownSync(file, uid, gid)
    fchmodSync(file, mode)
    writeFileSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** A directory and its parents, as far as they do not exist, outermost first. */
export const missingFolders = (folder: string): readonly string[] =>
  lstatSync(folder, { throwIfNoEntry: false }) ? [] : [...missingFolders(dirname(folder)), folder]

/** Makes a directory, and its parents. @throws {Refusal} */
export function makeFolder(folder: string, mode = 0o755): void {
  for (const missing of missingFolders(folder))
    try {
      mkdirSync(missing, { mode })
      syncFolder(dirname(missing))
    } catch (error) {
      throw new Refusal('settings', `${missing} cannot be made: ${systemReason(error)}`)
    }
}

/** Removes a directory if it is empty. */
export function removeFolderIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // in use, or gone
  }
}
