import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../../shared/secret.ts'
import { ApiError } from '../api/errors.ts'

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

/** Each takes a thread that files need too, and its memory. */
const AT_ONCE = 2

/** More than these are refused: whoever waits for longer has gone. */
const LINE = 128

/** Of one source at the same time, so that no single one takes all places. */
const PER_SOURCE = 32

/** Where somebody waits for a turn. */
interface Turn {
  /** Address of the client. */
  readonly source: string
  /** Is called when the turn has come; what it throws ends it. */
  readonly begin: () => void
}

const bySource = new Map<string, number>()

const waiting: (() => void)[] = []
let running = 0

/** @throws {ApiError} busy, if too many passwords are being looked at */
export async function hashPassword(password: Secret): Promise<PasswordHash> {
  const salt = randomBytes(16)
  const hash = await inTurn(() => derive(password, salt, NEW))
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
  const hash = await inLine(source, () =>
    inTurn(() => {
      begin()
      return derive(password, salt, stored ?? NEW)
    }),
  )
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

async function inLine<T>(source: string, work: () => Promise<T>): Promise<T> {
  const others = bySource.get(source) ?? 0
  if (others >= PER_SOURCE) throw tooMany()
  bySource.set(source, others + 1)
  try {
    return await work()
  } finally {
    const left = (bySource.get(source) ?? 1) - 1
    if (left > 0) bySource.set(source, left)
    else bySource.delete(source)
  }
}

const tooMany = () =>
  new ApiError('busy', 'too many logins at the same time: try again in a moment')

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running < AT_ONCE) running++
  else {
    if (waiting.length >= LINE) throw tooMany()
    await new Promise<void>(resolve => waiting.push(resolve))
  }
  try {
    return await work()
  } finally {
    // the place is handed over to whoever has waited longest, once what came of this is known
    const next = waiting.shift()
    if (next) setImmediate(next)
    else running--
  }
}
