import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../../shared/secret.ts'
import { longWork } from '../limit/long-work.ts'

/** A hashed password. It includes its cost, so that the cost can be raised for new passwords. */
export interface PasswordHash extends Cost {
  readonly algorithm: 'scrypt'
  /** In hex. */
  readonly salt: string
  readonly hash: string
}

interface Cost {
  readonly cost: number
  readonly blockSize: number
  readonly parallelization: number
}

/** 32 MiB, three times: according to OWASP equivalent to a cost of 2^17 with a parallelization of 1. */
const CURRENT_COST: Cost = { cost: 2 ** 15, blockSize: 8, parallelization: 3 }

/** A place in the queue of long work. */
interface Turn {
  /** Address of the client. */
  readonly source: string
  /** Called when the work begins; if it throws, the work is not done. */
  readonly begin: () => void
}

/**
 * @param source address of the client
 * @throws {ApiError} busy, if too many passwords are being hashed
 */
export async function hashPassword(password: Secret, source: string): Promise<PasswordHash> {
  const salt = randomBytes(16)
  const hash = await longWork.run(source, () => derive(password, salt, CURRENT_COST))
  return {
    algorithm: 'scrypt',
    ...CURRENT_COST,
    salt: salt.toString('hex'),
    hash: hash.toString('hex'),
  }
}

/**
 * Whether it is the password. Takes the same time if there is no stored hash, and is then false.
 * @throws {ApiError} busy, if too many passwords are being hashed
 */
export async function isPassword(
  password: Secret,
  stored: PasswordHash | undefined,
  { source, begin }: Turn,
): Promise<boolean> {
  const salt = stored ? Buffer.from(stored.salt, 'hex') : randomBytes(16)
  const hash = await longWork.run(source, async () => {
    begin()
    return derive(password, salt, stored ?? CURRENT_COST)
  })
  const wanted = stored ? Buffer.from(stored.hash, 'hex') : randomBytes(hash.length)
  return timingSafeEqual(hash, wanted) && stored !== undefined
}

function derive(
  password: Secret,
  salt: Buffer,
  { cost, blockSize, parallelization }: Cost,
): Promise<Buffer> {
  // the memory of the algorithm, and some reserve
  const maxmem = 128 * blockSize * (cost + parallelization + 2)
  const options = { cost, blockSize, parallelization, maxmem }
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  scrypt(password.reveal(), salt, 32, options, (error, key) =>
    error ? reject(error) : resolve(key),
  )
  return promise
}
