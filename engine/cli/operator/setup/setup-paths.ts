import type { PackagedFile } from '../../../../shared/packaged-file.ts'

/** The user that the engine runs as. */
export const SERVICE_USER = 'postern'

const ETC = '/etc/postern'

/** Where everything is installed. */
export const PATHS = {
  etc: ETC,
  record: `${ETC}/setup.json`,
  config: `${ETC}/engine.toml`,
  /** Only root can read this folder: the key in it can make certificates that every host trusts. */
  authorityFolder: `${ETC}/ca`,
  authorityKey: `${ETC}/ca/ca.key`,
  authority: `${ETC}/ca.pem`,
  certificate: `${ETC}/engine.crt`,
  key: `${ETC}/engine.key`,
  sealKey: `${ETC}/seal.key`,
  encryptedSealKey: `${ETC}/seal-key.cred`,
  storage: '/var/lib/postern',
  log: '/var/log/postern',
  backups: '/var/backups/postern',
  units: '/etc/systemd/system',
} as const

/** The name of the systemd credential with the seal key. */
export const SEAL_CREDENTIAL = 'seal-key'

/** Says that the engine gets the seal key from systemd. */
export const DROP_IN = `${PATHS.units}/postern.service.d/seal-key.conf`

export const SERVICE = 'postern.service'

export const TIMERS = { backup: 'postern-backup', certificate: 'postern-certificate' } as const

/** Where packages and administrators put units. */
export const UNIT_FOLDERS = [
  '/etc/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
]

export const packagedUnit = (name: string) => `systemd/${name}` as PackagedFile
