import { type KeyObject, randomBytes, sign } from 'node:crypto'
import { bits, der, integer, objectId, sequence } from './der-writer.ts'

/** The contents of a certificate, and the key that signs it. */
export interface Contents {
  readonly issuer: string
  readonly key: KeyObject
  readonly subject: string
  readonly publicKey: KeyObject
  readonly from: Date
  readonly to: Date
  readonly extensions: readonly Buffer[]
}

/** A version 3 certificate in PEM, signed with ECDSA. RFC 5280 §4.1. */
export function certificate({
  issuer,
  key,
  subject,
  publicKey,
  from,
  to,
  extensions,
}: Contents): string {
  const body = sequence(
    der(0xa0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    ECDSA_WITH_SHA256,
    commonName(issuer),
    sequence(time(from), time(to)),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  )
  return pem(sequence(body, ECDSA_WITH_SHA256, bits(sign('sha256', body, key))))
}

const ECDSA_WITH_SHA256 = sequence(objectId('2a8648ce3d040302'))

const commonName = (text: string) =>
  sequence(der(0x31, sequence(objectId('550403'), der(0x0c, Buffer.from(text)))))

/** UTCTime until 2049, GeneralizedTime from then on. RFC 5280 §4.1.2.5. */
function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]/g, '').slice(0, 14)
  return date.getUTCFullYear() < 2050
    ? der(0x17, Buffer.from(`${digits.slice(2)}Z`))
    : der(0x18, Buffer.from(`${digits}Z`))
}

const pem = (bytes: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`
