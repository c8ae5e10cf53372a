import {
  closeSync,
  fchmodSync,
  fchownSync,
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
    if (process.geteuid?.() === 0 && owner.uid !== undefined)
      fchownSync(file, owner.uid, owner.gid ?? 0)
    else if (process.geteuid?.() === 0 && owner.gid !== undefined) fchownSync(file, 0, owner.gid)
    fchmodSync(file, owner.mode)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(draft, path)
  syncFolder(dirname(path))
}
