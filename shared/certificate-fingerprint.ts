import { createHash, type X509Certificate } from 'node:crypto'

/** `SHA256:` and the SHA-256 of a certificate's DER, in base64 without padding, as OpenSSH prints the fingerprints of keys. */
export const certificateFingerprint = ({ raw }: Pick<X509Certificate, 'raw'>): string =>
  `SHA256:${createHash('sha256').update(raw).digest('base64').replace(/=+$/, '')}`
