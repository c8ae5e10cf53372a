import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { certificateAuthority } from '../certificates.ts'
import type { Cell, LoginCells } from './login-cells.ts'
import { right, set, type Variant, wrong } from './variant.ts'

export async function tlsVariants(cells: LoginCells, plain: string): Promise<readonly Variant[]> {
  const authority = certificateAuthority(join(cells.folder, 'ca'))
  const stranger = certificateAuthority(join(cells.folder, 'stranger'))
  const own = { addresses: ['127.0.0.1'] }
  const good = authority.issue(own)
  const at = (address: string, more: Cell['settings'] = {}) =>
    set({ vault_addr: [address], ca_cert: authority.caFile, ...more })
  const secure = await cells.listen(good)
  const of = async (certificate: typeof good) => at(await cells.listen(certificate))
  const pin = pinOf(good.certFile)
  const FAULT = /^unavailable: /
  return [
    right('by the authority', at(secure)),
    right('by the authority, with the key that is pinned', at(secure, { pin_sha256: [pin] })),
    right('by its own certificate', at(secure, { ca_cert: good.certFile })),
    wrong(
      /^unavailable: .*has expired/,
      'expired',
      await of(authority.issue({ ...own, days: -1 })),
    ),
    wrong(FAULT, 'not valid yet', await of(authority.issue({ ...own, startsIn: 1 }))),
    wrong(FAULT, 'of another name', await of(authority.issue({ names: ['web.test'] }))),
    wrong(FAULT, 'self-signed', await of(authority.issue({ ...own, selfSigned: true }))),
    wrong(/^unavailable: .*not trusted/, 'of another authority', await of(stranger.issue(own))),
    wrong(
      FAULT,
      'below a server',
      await of(authority.below(join(cells.folder, 'b'), 'server').issue(own)),
    ),
    wrong(
      /^unavailable: .*none of those in pin_sha256/,
      'of another key',
      at(secure, { pin_sha256: [pinOf(stranger.issue(own).certFile)] }),
    ),
    wrong(FAULT, 'of another name that is wanted', at(secure, { tls_server_name: 'web.test' })),
    wrong(
      FAULT,
      'TLS 1.1',
      at(await cells.listen(good, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1' })),
    ),
    wrong(FAULT, 'none', at(plain.replace('http:', 'https:'))),
    wrong(/^(?:unavailable|protocol): /, 'none wanted', at(secure.replace('https:', 'http:'))),
  ]
}

export const pinOf = (file: string) =>
  createHash('sha256')
    .update(
      new X509Certificate(readFileSync(file)).publicKey.export({ type: 'spki', format: 'der' }),
    )
    .digest('base64')
