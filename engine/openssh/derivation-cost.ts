import { Invalid } from '../../shared/invalid.ts'
import { DerReader } from './der.ts'
import type { Pem } from './pem.ts'
import { WireReader } from './wire.ts'

/** ssh-keygen uses 16 or 24; 256 take a thread a few seconds. */
const BCRYPT_ROUNDS = 256
const PBKDF2_ITERATIONS = 10_000_000
const SCRYPT_BYTES = 64 * 1024 * 1024
/** The parallelization parameter p of scrypt; usually 1. */
const SCRYPT_PASSES = 4

const OPENSSH_MAGIC = 'openssh-key-v1\0'
const PBES2 = '1.2.840.113549.1.5.13'
const PBKDF2 = '1.2.840.113549.1.5.12'
const SCRYPT = '1.3.6.1.4.1.11591.4.11'

/**
 * Limits the cost of deriving a key from a passphrase. The file chooses the cost, and a derivation that a library has started cannot be
 * stopped. Keys in OpenSSL's older format are derived in one round.
 * @throws {Invalid} with the cost and the limit
 */
export function requireBoundedDerivation({ label, bytes }: Pem): void {
  if (label === 'OPENSSH PRIVATE KEY') requireFewRounds(bytes)
  else if (label === 'ENCRYPTED PRIVATE KEY') requireBoundedPbes2(new DerReader(bytes))
}

/** PROTOCOL.key of OpenSSH. */
function requireFewRounds(bytes: Buffer): void {
  if (bytes.subarray(0, OPENSSH_MAGIC.length).toString('latin1') !== OPENSSH_MAGIC)
    throw new Invalid('it is not a key of OpenSSH')
  const reader = new WireReader(bytes.subarray(OPENSSH_MAGIC.length))
  reader.string()
  const derivation = reader.text()
  const options = new WireReader(reader.string())
  if (derivation === 'none') return
  if (derivation !== 'bcrypt') throw new Invalid('its key derivation is not known')
  options.string()
  atMost(options.uint32(), BCRYPT_ROUNDS, 'rounds of bcrypt')
}

/** EncryptedPrivateKeyInfo: RFC 5208 §6, RFC 8018 A.2 and A.4, RFC 7914 §7. */
function requireBoundedPbes2(reader: DerReader): void {
  const algorithm = reader.sequence().sequence()
  // older schemes also have a cost, and use weak ciphers
  if (algorithm.objectId() !== PBES2) throw new Invalid('it is not encrypted with PBES2')
  const derivation = algorithm.sequence().sequence()
  const kind = derivation.objectId()
  const parameters = derivation.sequence()
  parameters.octets()
  const cost = parameters.integer()
  if (kind === PBKDF2) atMost(cost, PBKDF2_ITERATIONS, 'iterations of PBKDF2')
  else if (kind === SCRYPT) {
    const [blockSize, passes] = [parameters.integer(), parameters.integer()]
    atMost(128 * cost * blockSize, SCRYPT_BYTES, 'bytes of memory for scrypt')
    atMost(passes, SCRYPT_PASSES, 'passes of scrypt')
  } else throw new Invalid('its key derivation is not known')
}

function atMost(cost: number, most: number, what: string): void {
  if (cost > most) throw new Invalid(`its passphrase takes ${cost} ${what}; the limit is ${most}`)
}
