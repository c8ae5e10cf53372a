import { boolean, duration, fieldKind, integer, oneOf, string } from '../../shared/field.ts'
import { parseHttpAddress } from '../../shared/http-address.ts'
import { Invalid } from '../../shared/invalid.ts'
import { readSettings } from '../../shared/settings.ts'
import type { DeclaredDevice } from '../audit/audit-options.ts'
import { auditFields, declaredDevices } from '../audit/declared.ts'
import type { Lifetimes } from '../core/mount.ts'
import { parseBindAddress } from '../http/bind-address.ts'
import type { TlsIdentity } from '../http/listen.ts'
import { type ListenerSettings, listenerFields, readListener } from './listener-settings.ts'
import { LOG_LEVELS, type LogLevel } from './log-levels.ts'
import { readSeal, type SealSettings, sealFields } from './seal-settings.ts'
import {
  readClusterId,
  readStorage,
  type StorageSettings,
  storageFields,
} from './storage-settings.ts'

/** 32 days in seconds, the system's lease time in Vault. */
const MONTH = 2_764_800

const MOST_WORKERS = 256

/** The configuration of an engine. */
export interface Config {
  /** `host:port` */
  readonly address: string
  /** The URL that clients use, if it differs from the address. */
  readonly apiAddress: string | undefined
  readonly tls: TlsFiles | undefined
  /** The file of the CA certificates that clients may fetch. */
  readonly tlsCaFile?: string | undefined
  readonly listener: ListenerSettings
  /** Whether the page is served; undefined: only in development mode; `if built`: unless it is missing. */
  readonly ui: boolean | 'if built' | undefined
  readonly lifetimes: Lifetimes
  readonly logLevel: LogLevel
  readonly seal: SealSettings
  readonly storage: StorageSettings
  /** The required cluster id, or "new"; undefined if only this machine's files have it. */
  readonly clusterId: string | undefined
  readonly audit: readonly DeclaredDevice[]
  /** The number of worker processes. */
  readonly workers: number
  /** The certificate of the CA that was created for this run, for clients to trust. */
  readonly devCaFile?: string
}

export interface TlsFiles {
  readonly certificateFile: string
  readonly keyFile: string
  readonly minVersion: TlsIdentity['minVersion']
}

const bindAddress = fieldKind<string>({
  type: 'string',
  schema: {},
  parse(raw) {
    if (typeof raw !== 'string') throw new Invalid('expected a string')
    parseBindAddress(raw)
    return raw
  },
})

const httpAddress = fieldKind<string>({
  type: 'string',
  schema: {},
  parse(raw) {
    if (typeof raw !== 'string') throw new Invalid('expected a string')
    parseHttpAddress(raw)
    return raw
  },
})

/** The keys of the configuration file, named as in Vault's. */
export const configFields = {
  api_addr: httpAddress({ description: 'URL that clients use to reach the engine.' }),
  default_lease_ttl: duration({
    description:
      'Lifetime of leases if neither role nor mount sets a ttl. The default is 768h, and 10m for one-time passwords.',
  }),
  max_lease_ttl: duration({
    default: MONTH,
    description: 'Maximum lifetime of leases if the mount sets none.',
  }),
  ui: boolean({
    description:
      'Serves a page for browsers at /ui/, to which / leads. The default is false, and true with -dev.',
  }),
  workers: integer({
    default: 1,
    description: 'Number of processes that share the port and the requests.',
  }),
  log_level: oneOf(...LOG_LEVELS)({
    default: 'info',
    description: 'Lowest level of log messages.',
  }),
  listener: {
    address: bindAddress({ default: '127.0.0.1:8200', description: 'Host and port to listen on.' }),
    tls_cert_file: string({
      description: 'Certificate, followed by intermediate certificates, in PEM.',
    }),
    tls_key_file: string({ description: 'Private key of the certificate, in PEM.' }),
    tls_ca_file: string({
      description:
        'CA certificates, in PEM, that clients verify the certificate with. They are public at sys/tls-ca.',
    }),
    tls_disable: boolean({
      default: false,
      description: 'Serves HTTP without TLS: passwords and tokens can be read on the network.',
    }),
    tls_min_version: oneOf(
      'tls12',
      'tls13',
    )({
      default: 'tls12',
      description: 'Oldest version of TLS that is accepted.',
    }),
    ...listenerFields,
  },
  seal: sealFields,
  storage: storageFields,
  audit: [auditFields],
} as const

/** Reads a configuration file. @throws {Invalid} with one sentence that names the file, and the key if possible */
export function readConfig(file: string): Config {
  const settings = readSettings(file, configFields)
  const {
    api_addr: apiAddress,
    listener,
    default_lease_ttl: given,
    max_lease_ttl: maxTtl,
  } = settings
  const defaultTtl = given ?? MONTH
  const wrong = (problem: string) => new Invalid(`${file}: ${problem}`)
  if (defaultTtl > maxTtl) throw wrong('"default_lease_ttl" is longer than "max_lease_ttl"')
  if (defaultTtl === 0) throw wrong('"default_lease_ttl" must be longer than 0')
  const { tls_cert_file: certificateFile, tls_key_file: keyFile, tls_disable: plain } = listener
  if (!plain && (certificateFile === undefined || keyFile === undefined))
    throw wrong(
      'set "tls_cert_file" and "tls_key_file" in [listener], or "tls_disable = true" for tests only',
    )
  const config: Config = {
    address: listener.address,
    apiAddress,
    tls:
      plain || certificateFile === undefined || keyFile === undefined
        ? undefined
        : { certificateFile, keyFile, minVersion: listener.tls_min_version },
    tlsCaFile: listener.tls_ca_file,
    ui: settings.ui,
    listener: readListener(listener, problem => wrong(`[listener]: ${problem}`)),
    lifetimes: { defaultTtl, maxTtl, isSet: given !== undefined },
    logLevel: settings.log_level,
    seal: readSeal(settings.seal, problem => wrong(`[seal]: ${problem}`)),
    storage: readStorage(settings.storage, problem => wrong(`[storage]: ${problem}`)),
    clusterId: readClusterId(settings.storage, problem => wrong(`[storage]: ${problem}`)),
    audit: declaredDevices(settings.audit, problem => wrong(`[[audit]] ${problem}`)),
    workers: settings.workers,
  }
  checkWorkers(config, problem => wrong(`"workers" ${problem}`))
  return config
}

/** @throws {Invalid} made by `wrong`, if there cannot be so many workers */
function checkWorkers(
  { workers, storage, seal, audit }: Config,
  wrong: (problem: string) => Invalid,
) {
  if (workers < 1 || workers > MOST_WORKERS) throw wrong(`must be from 1 to ${MOST_WORKERS}`)
  if (workers === 1) return
  if (storage.type !== 'postgresql')
    throw wrong(
      'requires [storage] type = "postgresql": with other types, the engine is a single process',
    )
  if (seal.type !== 'file')
    throw wrong(
      'requires [seal] type = "file": an unseal share would reach only one of the worker processes',
    )
  const mixed = audit.find(({ options }) => options.file_path === 'stdout')
  if (mixed)
    throw wrong(
      `cannot be combined with file_path = "stdout" in [[audit]] "${mixed.path}": the lines of several processes would be mixed`,
    )
}

/** The default address of an engine in development mode. */
const DEV_ADDRESS = '127.0.0.1:8200'

const DEV: Config = {
  address: DEV_ADDRESS,
  apiAddress: undefined,
  tls: undefined,
  listener: { limits: {}, forwarded: undefined, proxy: undefined },
  ui: 'if built',
  lifetimes: { defaultTtl: MONTH, maxTtl: MONTH },
  logLevel: 'info',
  seal: { type: 'shamir' },
  storage: { type: 'inmem' },
  clusterId: undefined,
  audit: [],
  workers: 1,
}

/** The configuration of development mode: that of the file, if there is one, but in memory, in one process and unsealed. @throws {Invalid} */
export function devConfig({ listenAddress, config }: DevOptions): Config {
  const { seal, storage, clusterId, workers } = DEV
  const own = config === undefined ? DEV : readConfig(config)
  const ui = own.ui ?? DEV.ui
  return { ...own, ui, seal, storage, clusterId, workers, address: listenAddress ?? own.address }
}

interface DevOptions {
  readonly listenAddress: string | undefined
  readonly config: string | undefined
}

/** @throws {Invalid} */
export function parseLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find(each => each === text.toLowerCase())
  if (!level) throw new Invalid(`log level "${text}" is not one of ${LOG_LEVELS.join(', ')}`)
  return level
}
