import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import { Invalid } from '../../../shared/invalid.ts'
import { reading } from '../../../shared/reading.ts'
import { type Config, readConfig } from '../../config/config.ts'
import { issueServerCertificate } from '../../x509/private-authority.ts'
import { refusalOf } from '../../x509/refusal-of.ts'
import { EXIT, Failure } from '../failure.ts'
import type { RenewalCall } from './renewal-flags.ts'
import { requireConfig } from './require-config.ts'
import { writeAtomically } from './setup/write-atomically.ts'

const DAY = 86_400_000

/** A certificate of 90 days is renewed after two thirds of them, so that a month is left to mend a timer that does not run. */
const RENEW_WITHIN = 30 * DAY

/** Renews the server certificate, if it is due or the flags ask for it. Gives the exit code. */
export async function renewCertificate({ flags, print }: RenewalCall): Promise<number> {
  const { name = [] } = flags
  const files = filesOf(requireConfig(flags.config))
  const before = new X509Certificate(text(files.certificate))
  const now = new Date()
  const isDue = before.validToDate.getTime() - now.getTime() < RENEW_WITHIN
  if (isDue || flags.force || name.length > 0)
    await renew(
      { ...files, authorityKey: flags['ca-key'] },
      name.length > 0 ? name : namesIn(before),
    )
  const { validToDate } = new X509Certificate(text(files.certificate))
  const isRenewed = validToDate.getTime() !== before.validToDate.getTime() || name.length > 0
  const data = { renewed: isRenewed, expires: validToDate.toISOString() }
  if (print.format !== 'table') await print.rows(data, [], [])
  else
    print.line(
      isRenewed
        ? `Success! The certificate is valid until ${data.expires}. To use it: systemctl reload postern`
        : `The certificate is valid until ${data.expires}: it is not due yet`,
    )
  return EXIT.ok
}

interface Files {
  readonly certificate: string
  readonly key: string
  readonly authority: string
}

/** @throws {Failure} if the configuration has no such files */
function filesOf(file: string): Files {
  const { tls, tlsCaFile: authority } = configIn(file)
  if (!tls || authority === undefined)
    throw new Failure(
      `${file}: "tls_cert_file", "tls_key_file" and "tls_ca_file" of [listener] are needed`,
    )
  return { certificate: tls.certificateFile, key: tls.keyFile, authority }
}

function configIn(file: string): Config {
  try {
    return readConfig(file)
  } catch (error) {
    throw error instanceof Invalid ? new Failure(error.message) : error
  }
}

const text = (file: string): string => {
  try {
    return reading(file, () => readFileSync(file, 'utf8'))
  } catch (error) {
    throw error instanceof Invalid ? new Failure(error.message) : error
  }
}

/** @throws {Failure} if the CA key is not that of the CA, or hosts would not accept the certificate */
async function renew(
  files: Files & { readonly authorityKey: string },
  valid: readonly string[],
): Promise<void> {
  const authority = text(files.authority)
  const authorityKey = createPrivateKey(text(files.authorityKey))
  if (!new X509Certificate(authority).checkPrivateKey(authorityKey))
    throw new Failure(`${files.authorityKey} is not the key of the CA in ${files.authority}`)
  const key = text(files.key)
  const certificate = issueServerCertificate({
    ...{ authority, authorityKey, now: new Date() },
    key: createPrivateKey(key),
    names: valid.filter(each => !isIP(each)),
    addresses: valid.filter(each => isIP(each)),
  })
  for (const name of valid) {
    const reason = await refusalOf({ certificate, key, authority, name })
    if (reason !== undefined)
      throw new Failure(
        `hosts would reject a certificate for ${name}: ${reason}. The CA permits what it was made for, and "operator setup -permit"`,
      )
  }
  const { mode, uid, gid } = statSync(files.certificate)
  writeAtomically(files.certificate, certificate, { mode: mode & 0o777, uid, gid })
}

/** The names and addresses of a certificate. */
const namesIn = ({ subjectAltName = '' }: X509Certificate): readonly string[] =>
  [...subjectAltName.matchAll(/(?:DNS|IP Address):([^,\s]+)/g)].map(([, name = '']) => name)
