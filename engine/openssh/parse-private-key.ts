import { Worker } from 'node:worker_threads'
import { Invalid } from '../../shared/invalid.ts'
import { ApiError } from '../api/errors.ts'
import { LongWork } from '../limit/long-work.ts'
import { importPrivateKey, type PrivateKey } from './private-key.ts'
import type { FromReader, PrivateKeyText } from './private-key-worker.ts'

declare const POSTERN_PRIVATE_KEY_WORKER: string | undefined

/** Characters of the largest RSA key, and some more. */
const LONGEST = 16_384
const LONGEST_PASSPHRASE = 1024

/** Milliseconds; what is not read by then is never read. */
const READ_TIMEOUT = 60_000

/** Memory of the thread, in MiB. A key needs next to nothing. */
const MEMORY = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 }

// a line of its own: a passphrase may take seconds, and logins must not wait for those
const reading = new LongWork({ atOnce: 2, line: 64, perSource: 16 })

/**
 * Reads a private key in PEM: PKCS#1, PKCS#8, SEC 1 or OpenSSH's own form. It is read in a thread of its own, which is ended when it takes
 * too long, and which may die: libraries that read keys throw later than they return, where nobody could catch it.
 * @param source address of the client that has sent it
 * @throws {Invalid} without a word of the key @throws {ApiError} busy, if too many keys are being read, or the thread ends without an answer
 */
export async function parsePrivateKey(given: PrivateKeyText, source: string): Promise<PrivateKey> {
  if (given.pem.length > LONGEST) throw new Invalid('it is longer than a private key can be')
  if ((given.passphrase?.length ?? 0) > LONGEST_PASSPHRASE)
    throw new Invalid('its passphrase is longer than any')
  const outcome = await reading.run(source, () => readTwice(given))
  if ('refused' in outcome) throw new Invalid(outcome.refused)
  return importPrivateKey(outcome.key)
}

/** A thread that ends without an answer says nothing about the key, and a second one may fare better. */
async function readTwice(given: PrivateKeyText): Promise<FromReader> {
  const answer = (await inThread(given)) ?? (await inThread(given))
  if (answer) return answer
  throw new ApiError('busy', 'the private key could not be read now: try again in a moment', {
    retryAfter: 1,
  })
}

/**
 * What the thread answers; undefined if it ends without an answer.
 * @throws {ApiError} busy, if it does not answer in time
 */
async function inThread(given: PrivateKeyText): Promise<FromReader | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<FromReader | undefined>()
  const worker = startWorker(given)
  worker.once('message', resolve)
  // listened to for as long as the thread lives, and decides nothing: an answer may still be on its way, and comes before the exit
  worker.on('error', () => undefined)
  worker.once('exit', () => resolve(undefined))
  const late = () =>
    reject(new ApiError('busy', 'reading the private key took too long', { retryAfter: 1 }))
  const timer = setTimeout(late, READ_TIMEOUT)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    await worker.terminate()
  }
}

function startWorker(given: PrivateKeyText): Worker {
  const options = { workerData: given, env: {}, resourceLimits: MEMORY }
  return typeof POSTERN_PRIVATE_KEY_WORKER === 'undefined'
    ? new Worker(new URL('./private-key-worker.ts', import.meta.url), options)
    : new Worker(POSTERN_PRIVATE_KEY_WORKER, { ...options, eval: true })
}
