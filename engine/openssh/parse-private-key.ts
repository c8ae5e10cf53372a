import { Worker } from 'node:worker_threads'
import { Invalid } from '../../shared/invalid.ts'
import { ApiError } from '../api/errors.ts'
import { LongWork } from '../limit/long-work.ts'
import { importPrivateKey, type PrivateKey } from './private-key.ts'
import type { FromReader, PrivateKeyText } from './private-key-worker.ts'

declare const POSTERN_PRIVATE_KEY_WORKER: string | undefined

/** The most characters of a key: those of the largest RSA key, and a margin. */
const LONGEST = 16_384
const LONGEST_PASSPHRASE = 1024

/** Milliseconds after which reading a key is aborted. */
const READ_TIMEOUT = 60_000

/** Memory limits of the thread, in MiB. A key needs very little. */
const MEMORY = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 }

// a separate queue: a passphrase may take seconds, and logins must not wait for it
const reading = new LongWork({ atOnce: 2, queue: 64, perSource: 16 })

/**
 * Parses a private key in PEM: PKCS#1, PKCS#8, SEC 1 or OpenSSH's own format. This runs in a separate thread, which is terminated after
 * {@link READ_TIMEOUT}, and which may die: libraries throw asynchronously on damaged keys, where nothing can catch it.
 * @param source address of the client that has sent it
 * @throws {Invalid} without any content of the key @throws {ApiError} busy, if too many keys are being read, or the thread ends without a result
 */
export async function parsePrivateKey(given: PrivateKeyText, source: string): Promise<PrivateKey> {
  if (given.pem.length > LONGEST) throw new Invalid('it is longer than a private key can be')
  if ((given.passphrase?.length ?? 0) > LONGEST_PASSPHRASE)
    throw new Invalid('its passphrase is longer than any')
  const outcome = await reading.run(source, () => readTwice(given))
  if ('refused' in outcome) throw new Invalid(outcome.refused)
  return importPrivateKey(outcome.key)
}

/** Tries twice: a thread that ends without a result says nothing about the key. */
async function readTwice(given: PrivateKeyText): Promise<FromReader> {
  const answer = (await inThread(given)) ?? (await inThread(given))
  if (answer) return answer
  throw new ApiError('busy', 'the private key could not be read now: try again in a moment', {
    retryAfter: 1,
  })
}

/**
 * The result of the thread; undefined if it ends without one.
 * @throws {ApiError} busy, if there is none in time
 */
async function inThread(given: PrivateKeyText): Promise<FromReader | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<FromReader | undefined>()
  const worker = startWorker(given)
  worker.once('message', resolve)
  // listen but decide nothing: a result may still be in transit, and arrives before the exit
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
