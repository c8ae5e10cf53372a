import { Invalid } from '../../shared/invalid.ts'
import { type PublicKey, readPublicKey } from './public-key.ts'
import { WireReader, WireWriter } from './wire.ts'

/** The contents of a certificate, for the program that uses it. Its signature is not verified: sshd does that. */
export interface HeldCertificate {
  readonly type: 'user' | 'host'
  readonly key: PublicKey
  readonly serial: bigint
  readonly keyId: string
  readonly principals: readonly string[]
  /** Seconds since 1970. */
  readonly validAfter: number
  readonly validBefore: number
  /** Their names. */
  readonly extensions: readonly string[]
  /** The public key of the CA, in wire format. */
  readonly authority: Buffer
}

/** Parses a certificate in OpenSSH's one-line format. @throws {Invalid} if it is not one. PROTOCOL.certkeys of OpenSSH */
export function readCertificate(line: string): HeldCertificate {
  const [declared, base64 = ''] = line.trim().split(/[ \t]+/)
  const reader = new WireReader(Buffer.from(base64, 'base64'))
  const name = reader.text()
  if (name !== declared) throw new Invalid('it is not a certificate')
  const keyType = keyTypeOf(name)
  reader.string()
  const key = readKey(keyType, reader)
  const serial = reader.uint64()
  const type = typeOf(reader.uint32())
  const keyId = reader.text()
  const principals = textsIn(reader.string())
  const [validAfter, validBefore] = [Number(reader.uint64()), Number(reader.uint64())]
  reader.string()
  const extensions = namesIn(reader.string())
  reader.string()
  const authority = reader.string()
  reader.string()
  reader.end()
  const validity = { validAfter, validBefore }
  return { type, key, serial, keyId, principals, ...validity, extensions, authority }
}

function typeOf(number: number): 'user' | 'host' {
  if (number === 1) return 'user'
  if (number === 2) return 'host'
  throw new Invalid('it is for neither a user nor a host')
}

function keyTypeOf(name: string): string {
  const [, base = ''] = /^(.+)-cert-v01@openssh\.com$/.exec(name) ?? []
  if (base === '') throw new Invalid('it is not a certificate')
  return base.startsWith('sk-') ? `${base}@openssh.com` : base
}

/** The number of strings that follow the type of a key. */
const PARTS: Readonly<Record<string, number>> = {
  'ssh-ed25519': 1,
  'sk-ecdsa-sha2-nistp256@openssh.com': 3,
}

function readKey(type: string, reader: WireReader): PublicKey {
  const wire = new WireWriter().string(type)
  for (let part = 0; part < (PARTS[type] ?? 2); part++) wire.string(reader.string())
  return readPublicKey(wire.bytes())
}

/** The names of options, each of which is followed by its value. */
function namesIn(bytes: Buffer): readonly string[] {
  const reader = new WireReader(bytes)
  const names: string[] = []
  while (reader.rest.length > 0) {
    names.push(reader.text())
    reader.string()
  }
  return names
}

function textsIn(bytes: Buffer): readonly string[] {
  const reader = new WireReader(bytes)
  const texts: string[] = []
  while (reader.rest.length > 0) texts.push(reader.text())
  return texts
}
