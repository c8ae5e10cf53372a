import { X509Certificate } from 'node:crypto'
import { validityProblem } from './certificate-warnings.ts'

interface Published {
  /** PEM of the CA certificates. */
  readonly authority: string
  /** The file they were read from. */
  readonly file: string
  /** PEM of the server certificate and its intermediate ones. */
  readonly certificate: string
}

/** Why hosts that trust the published CA certificates alone reject the server, or will soon; one sentence each. */
export function authorityWarnings(
  { authority, file, certificate }: Published,
  now: Date,
): readonly string[] {
  const anchors = certificatesIn(authority)
  const validity = anchors
    .map(each => validityProblem(each, now))
    .filter(each => each !== undefined)
  return [
    ...validity.map(problem => `a CA certificate in ${file} ${problem}`),
    ...(isSignedBy(certificatesIn(certificate), anchors)
      ? []
      : [`none of the CA certificates in ${file} has signed the certificate of the listener`]),
  ]
}

/** Whether the chain, with the server's certificate first, leads to an anchor. */
function isSignedBy(
  [leaf, ...between]: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
): boolean {
  if (!leaf) return false
  if (anchors.some(anchor => anchor.raw.equals(leaf.raw) || hasIssued(anchor, leaf))) return true
  const index = between.findIndex(each => hasIssued(each, leaf))
  // each step leaves one certificate out, so a circle ends
  return index >= 0 && isSignedBy([...between.splice(index, 1), ...between], anchors)
}

const hasIssued = (issuer: X509Certificate, issued: X509Certificate) =>
  issued.checkIssued(issuer) && issued.verify(issuer.publicKey)

const certificatesIn = (pem: string) =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []).map(
    block => new X509Certificate(block),
  )
