import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { getAsset, isSea } from 'node:sea'

/** The files of packaging/ that the engine's program brings with it, for a set-up without packages. */
export const PACKAGED = [
  'config/engine.toml',
  'policies/admin.hcl',
  'systemd/postern.service',
  'systemd/postern-backup.service',
  'systemd/postern-backup.timer',
  'systemd/postern-certificate.service',
  'systemd/postern-certificate.timer',
] as const

export type PackagedFile = (typeof PACKAGED)[number]

/** The text of a file of packaging/, as it was when the program was built. */
export const packagedFile = (name: PackagedFile): string =>
  isSea()
    ? getAsset(name, 'utf8')
    : readFileSync(join(import.meta.dirname, '../packaging', name), 'utf8')
