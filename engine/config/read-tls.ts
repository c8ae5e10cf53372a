import type { TlsIdentity } from '../http/listen.ts'
import type { Config } from './config.ts'
import { readIdentity } from './read-identity.ts'
import { readTlsAuthority } from './read-tls-authority.ts'

/** What the listener shows of itself. */
export interface ListenerTls {
  /** Certificate and key; undefined without TLS. */
  readonly tls: TlsIdentity | undefined
  /** The CA certificates to publish, in PEM. */
  readonly authority: string | undefined
}

/** Reads the files of `[listener]`. @throws {Invalid} with the name of the file that cannot be used */
export async function readTls(config: Pick<Config, 'tls' | 'tlsCaFile'>): Promise<ListenerTls> {
  const { tlsCaFile } = config
  const tls = await readIdentity(config)
  return { tls, authority: tlsCaFile === undefined ? undefined : await readTlsAuthority(tlsCaFile) }
}
