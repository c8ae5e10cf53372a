import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface LockedPackage {
  readonly version: string
  /** Its hash, as npm writes it: "sha512-" and base64. */
  readonly integrity: string
}

/** The packages of package-lock.json, by their directories. */
export const lockedPackages = (): Readonly<Record<string, LockedPackage>> =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8')).packages
