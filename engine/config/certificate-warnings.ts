import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'

const DAY = 86_400_000

/** A certificate that lasts long is to be renewed when it ends within so many days. */
const MONTH = 30 * DAY

interface ServerCertificate {
  /** PEM; its first certificate is judged. */
  readonly certificate: string
  /** Where it was read. */
  readonly file: string
  /** The URL under which clients reach the server, where that is configured. */
  readonly apiAddress: string | undefined
}

/** Why clients refuse a certificate of a server, or will soon; one sentence each. */
export function certificateWarnings(
  { certificate, file, apiAddress }: ServerCertificate,
  now: Date,
): readonly string[] {
  const leaf = new X509Certificate(certificate)
  return [validityProblem(leaf, now), nameProblem(leaf, apiAddress)]
    .filter(problem => problem !== undefined)
    .map(problem => `the certificate in ${file} ${problem}`)
}

function validityProblem(
  { validFromDate: from, validToDate: to }: X509Certificate,
  now: Date,
): string | undefined {
  if (from > now) return `is not valid before ${from.toISOString()}`
  if (to <= now) return `has expired on ${to.toISOString()}`
  const left = to.getTime() - now.getTime()
  // those of a day or a week are renewed by programs, when two thirds of their time have gone
  const isSoon = left < Math.min(MONTH, (to.getTime() - from.getTime()) / 10)
  return isSoon ? `expires soon, on ${to.toISOString()}` : undefined
}

function nameProblem(leaf: X509Certificate, apiAddress: string | undefined): string | undefined {
  if (leaf.subjectAltName === undefined)
    return 'has no subjectAltName: clients look for the name of the server nowhere else'
  if (apiAddress === undefined) return undefined
  const host = new URL(apiAddress).hostname.replace(/^\[|\]$/g, '')
  const isFor = isIP(host) ? leaf.checkIP(host) : leaf.checkHost(host)
  return isFor === undefined
    ? `is not for ${host}, which is in "api_addr": it is for ${leaf.subjectAltName}`
    : undefined
}
