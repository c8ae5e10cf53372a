import { createHash } from 'node:crypto'
import { alwaysEndpoint } from '../api/always-endpoint.ts'
import { ApiError } from '../api/errors.ts'
import { isKnownTag } from '../api/known-tag.ts'
import type { Core } from '../core/core.ts'

/** The media type of certificates in PEM. */
const PEM = 'application/x-pem-file'

/**
 * `tls-ca`: the CA that clients verify this server with. A client that fetches it cannot verify the server yet, so it must compare the
 * certificate with a fingerprint that it has from elsewhere.
 */
export const tlsAuthority = ({ tlsAuthority: published }: Pick<Core, 'tlsAuthority'>) => [
  alwaysEndpoint({
    path: 'tls-ca',
    summary: 'Returns the CA certificates of the listener.',
    description:
      'Returns the certificates of tls_ca_file in [listener], in PEM. Compare one of them with a fingerprint that you have from elsewhere before you trust it: whoever can change the connection can change this response. A request with If-None-Match is answered 304 if nothing has changed.',
    fields: {},
    operations: {
      read: async function readTlsAuthority(_, { ifNoneMatch }) {
        const body = published?.()
        if (body === undefined) throw new ApiError('missing', NONE)
        const ETag = `"${createHash('sha256').update(body).digest('hex')}"`
        if (isKnownTag(ETag, ifNoneMatch))
          return { bare: { status: 304, body: undefined, headers: { ETag } } }
        return { bare: { status: 200, body, headers: { ETag, 'Content-Type': PEM } } }
      },
    },
  }),
]

const NONE = 'this server publishes no CA certificate: tls_ca_file in [listener] is not set'
