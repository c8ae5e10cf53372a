import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { Invalid } from '../../shared/invalid.ts'
import { requireBoundedDerivation } from './derivation-cost.ts'
import { readOpenSshKey } from './openssh-key.ts'
import { NO_KEY, type Pem, readPem, writePem } from './pem.ts'
import { exportPrivateKey, privateKeyOf } from './private-key.ts'

/** The input of the thread: a private key as a client has sent it. */
export interface PrivateKeyText {
  readonly pem: string
  readonly passphrase: string | undefined
}

/** The key in its stored form; or why it was refused, without any content of it. */
export type FromReader = { readonly key: string } | { readonly refused: string }

/** Bits; a key of twice the size blocks a thread for half a second with every signature. */
const LARGEST_SIGNER = 8192

/** The thread that parses one private key. It contains whatever a library does with a damaged file, even asynchronously. */
if (parentPort) parentPort.postMessage(outcome(workerData as PrivateKeyText))

function outcome(given: PrivateKeyText): FromReader {
  try {
    return { key: read(given) }
  } catch (error) {
    return { refused: error instanceof Invalid ? error.message : NO_KEY }
  }
}

function read({ pem, passphrase }: PrivateKeyText): string {
  const block = readPem(pem)
  requireBoundedDerivation(block)
  const made = privateKeyOf(decrypted(block, passphrase))
  if (made.publicKey.bits > LARGEST_SIGNER)
    throw new Invalid(`to sign with more than ${LARGEST_SIGNER} bits takes too long`)
  requireWhole(made.key)
  return exportPrivateKey(made)
}

function decrypted(block: Pem, passphrase: string | undefined): KeyObject {
  const [pem, encrypted] = [
    writePem(block),
    block.headers.length > 0 || block.label.startsWith('ENCRYPTED '),
  ]
  if (encrypted && passphrase === undefined) throw new Invalid('the key has a passphrase')
  return createPrivateKey(
    block.label === 'OPENSSH PRIVATE KEY'
      ? readOpenSshKey(pem, passphrase)
      : { key: pem, ...(encrypted && { passphrase }) },
  )
}

/** Damage may not be visible in the file: its public key must verify a signature of its private key. */
function requireWhole(key: KeyObject): void {
  const hash = key.asymmetricKeyType === 'ed25519' ? undefined : 'sha256'
  const data = Buffer.from('postern')
  if (!verify(hash, data, createPublicKey(key), sign(hash, data, key)))
    throw new Invalid('its private half does not belong to its public half')
}
