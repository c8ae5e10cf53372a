import { chmodSync, chownSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whom a program runs as that refuses root; this user, unless that is root. */
export const UNPRIVILEGED = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}

/** Gives a file or folder to that user. */
export function giveAway(path: string): void {
  if (UNPRIVILEGED.uid !== undefined) chownSync(path, UNPRIVILEGED.uid, UNPRIVILEGED.gid)
}

/** A new, throw-away folder of that user, which nobody else reads. */
export function unprivilegedFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix))
  giveAway(folder)
  chmodSync(folder, 0o700)
  return folder
}
