import { readFile } from 'node:fs/promises'
import { Invalid } from '../shared/invalid.ts'
import type { Lifetimes } from './core/mounts.ts'
import type { TlsIdentity } from './http/listen.ts'
import { LOG_LEVELS, type LogLevel } from './log.ts'

/** How an engine is to run. */
export interface Config {
  /** `host:port` */
  readonly address: string
  /** The URL under which clients reach the engine, where it is not the address. */
  readonly apiAddress: string | undefined
  readonly tls: TlsFiles | undefined
  readonly lifetimes: Lifetimes
  readonly logLevel: LogLevel
}

interface TlsFiles {
  readonly certificateFile: string
  readonly keyFile: string
  readonly minVersion: TlsIdentity['minVersion']
}

/** Certificate and key as they are on the disk now. @throws {Invalid} naming the file that cannot be read */
export async function readIdentity({ tls }: Config): Promise<TlsIdentity | undefined> {
  if (!tls) return undefined
  const [certificate, key] = await Promise.all(
    [tls.certificateFile, tls.keyFile].map(file =>
      readFile(file, 'utf8').catch(cause => {
        throw new Invalid(`cannot read ${file}: ${(cause as Error).message}`, { cause })
      }),
    ),
  )
  return { certificate: certificate ?? '', key: key ?? '', minVersion: tls.minVersion }
}

/** @throws {Invalid} */
export function parseLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find(each => each === text.toLowerCase())
  if (!level) throw new Invalid(`log level "${text}" is not one of ${LOG_LEVELS.join(', ')}`)
  return level
}

export async function readConfig(file: string): Promise<Config> {
  throw new Invalid(`cannot read ${file} yet`)
}
