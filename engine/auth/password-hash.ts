import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../../shared/secret.ts'
import { longWork } from '../limit/long-work.ts'

/** A password that cannot be read back. The cost stands with it, so that it can be raised for new ones. */
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

/** 32 MiB, three times: what OWASP holds equal to a cost of 2^17 at once. */
const NEW: Cost = { cost: 2 ** 15, blockSize: 8, parallelization: 3 }

/** Who waits for a turn. */
interface Turn {
  /** Address of the client. */
  readonly source: string
  /** Is called when the turn has come; what it throws ends it. */
  readonly begin: () => void
}

/**
 * @param source address of the client
 * @throws {ApiError} busy, if too many passwords are being looked at
 */
export async function hashPassword(password: Secret, source: string): Promise<PasswordHash> {
  const salt = randomBytes(16)
  const hash = await longWork.run(source, () => derive(password, salt, NEW))
  return { algorithm: 'scrypt', ...NEW, salt: salt.toString('hex'), hash: hash.toString('hex') }
}

/**
 * Whether it is the password. Takes as long where there is none to compare with, and is then false.
 * @throws {ApiError} busy, if too many passwords are being looked at
 */
export async function isPassword(
  password: Secret,
  stored: PasswordHash | undefined,
  { source, begin }: Turn,
): Promise<boolean> {
  const salt = stored ? Buffer.from(stored.salt, 'hex') : randomBytes(16)
  const hash = await longWork.run(source, async () => {
    begin()
    return derive(password, salt, stored ?? NEW)
  })
  const wanted = stored ? Buffer.from(stored.hash, 'hex') : randomBytes(hash.length)
  return timingSafeEqual(hash, wanted) && stored !== undefined
}

function derive(
  password: Secret,
  salt: Buffer,
  { cost, blockSize, parallelization }: Cost,
): Promise<Buffer> {
  // what the algorithm needs, and a little
  const maxmem = 128 * blockSize * (cost + parallelization + 2)
  const options = { cost, blockSize, parallelization, maxmem }
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  scrypt(password.reveal(), salt, 32, options, (error, key) =>
    error ? reject(error) : resolve(key),
  )
  return promise
}
