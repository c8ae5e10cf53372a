import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { syncFolder } from '../../../../shared/sync-folder.ts'

export interface Ownership {
  readonly mode: number
  /** Root's if left out. */
  readonly uid?: number
  readonly gid?: number
}

/** The name of a file that is being written. */
export const draftOf = (path: string) => `${path}.draft`

/**
 * Writes a file: after a power failure there is the old one or the whole new one. At no time has it more rights than the new one.
 * @throws {Error} of the system
 */
export function writeAtomically(path: string, text: string, owner: Ownership): void {
  const draft = draftOf(path)
  // left by a run that was killed
  rmSync(draft, { force: true })
  const file = openSync(draft, 'wx', 0o600)
  try {
    writeFileSync(file, text)
    if (process.geteuid?.() === 0) giveTo(owner, file)
    fchmodSync(file, owner.mode)
    fsyncSync(file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
  renameSync(draft, path)
  syncFolder(dirname(path))
}

/** Only where it changes something: the unit that renews the certificate may not change owners at all. */
function giveTo({ uid = 0, gid = 0 }: Ownership, file: number): void {
  const now = fstatSync(file)
  if (now.uid !== uid || now.gid !== gid) fchownSync(file, uid, gid)
}
