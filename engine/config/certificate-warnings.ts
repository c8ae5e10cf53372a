import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'

const DAY = 86_400_000

/** Warn this long before a long-lived certificate expires. */
const MONTH = 30 * DAY

interface ServerCertificate {
  /** PEM; its first certificate is checked. */
  readonly certificate: string
  /** The file it was read from. */
  readonly file: string
  /** The URL under which clients reach the server, where that is configured. */
  readonly apiAddress: string | undefined
}

/** Why clients reject a server certificate, or will soon; one sentence each. */
export function certificateWarnings(
  { certificate, file, apiAddress }: ServerCertificate,
  now: Date,
): readonly string[] {
  const leaf = new X509Certificate(certificate)
  return [validityProblem(leaf, now), nameProblem(leaf, apiAddress)]
    .filter(problem => problem !== undefined)
    .map(problem => `the certificate in ${file} ${problem}`)
}

/** Whether a certificate is not valid now, or will soon not be, as the end of a sentence. */
export function validityProblem(
  { validFromDate: from, validToDate: to }: X509Certificate,
  now: Date,
): string | undefined {
  if (from > now) return `is not valid before ${from.toISOString()}`
  if (to <= now) return `has expired on ${to.toISOString()}`
  const left = to.getTime() - now.getTime()
  // short-lived certificates are renewed automatically after two thirds of their lifetime
  const isSoon = left < Math.min(MONTH, (to.getTime() - from.getTime()) / 10)
  return isSoon ? `expires soon, on ${to.toISOString()}` : undefined
}

function nameProblem(leaf: X509Certificate, apiAddress: string | undefined): string | undefined {
  if (leaf.subjectAltName === undefined)
    return 'has no subjectAltName: clients compare the name of the server with that alone'
  if (apiAddress === undefined) return undefined
  const host = new URL(apiAddress).hostname.replace(/^\[|\]$/g, '')
  const isFor = isIP(host) ? leaf.checkIP(host) : leaf.checkHost(host)
  return isFor === undefined
    ? `is not valid for ${host}, which is in "api_addr": it is valid for ${leaf.subjectAltName}`
    : undefined
}
