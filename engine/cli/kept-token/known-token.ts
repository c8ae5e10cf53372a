import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Secret } from '../../../shared/secret.ts'
import type { CliIo } from '../cli-io.ts'
import { isObject, type Json, type JsonObject } from '../envelope.ts'
import { privateDirectory, readJson, replaceFile } from '../ssh/config/private-files.ts'
import { stateDirectory } from '../state-directory.ts'

/** What a server said about the lifetime of a token. */
export interface Lifetime {
  /** Seconds that are left; 0 for a token that does not expire. */
  readonly ttl: number
  /** Seconds that it was granted. */
  readonly granted: number
  readonly renewable: boolean
}

/** A token, and what a server said of it. */
export interface TokenLifetime {
  readonly token: Secret
  readonly lifetime: Lifetime
}

/** What is known about the kept token. */
export interface KnownToken {
  readonly keptBy: 'keyring' | 'other'
  /** Of the token, so that nothing is said of another one that a client of Vault has put in its place. Undefined once it is erased. */
  readonly hash: string | undefined
  /** Milliseconds of the wall clock; undefined if it does not expire. */
  readonly expires: number | undefined
  readonly lifetime: Lifetime
  /** Whether the user was told that it expires soon. */
  readonly mentioned: boolean
}

const FILE = 'token.json'

type Environment = CliIo['environment']

/** What is known about the token of the last login; undefined if nothing is. */
export function knownToken(environment: Environment): KnownToken | undefined {
  const directory = stateDirectory(environment)
  const stored = directory && (readJson(join(directory, FILE)) as Json | undefined)
  return isObject(stored) ? parsed(stored) : undefined
}

/** Writes down what is known about the token. Gives whether that could be done. */
export function noteToken(known: KnownToken, environment: Environment): boolean {
  const directory = stateDirectory(environment)
  if (directory === undefined) return false
  try {
    replaceFile(privateDirectory(directory), FILE, `${JSON.stringify(known)}\n`)
    return true
  } catch {
    // a home that cannot be written
    return false
  }
}

/** What is known about a token now that a server has told its lifetime. */
export function knownFrom(
  { token, lifetime }: TokenLifetime,
  keptBy: KnownToken['keptBy'],
): KnownToken {
  const expires = lifetime.ttl > 0 ? Date.now() + lifetime.ttl * 1000 : undefined
  return { keptBy, hash: hashOf(token), expires, lifetime, mentioned: false }
}

/** Milliseconds by which two replies about one lifetime may differ. */
const TOLERANCE = 10_000

/** What is known once a server has told a lifetime again. An end that the user was told about is not told again. */
export function knownAgain(before: KnownToken | undefined, told: TokenLifetime): KnownToken {
  const known = knownFrom(told, before?.keptBy ?? 'other')
  const shift = Math.abs((known.expires ?? 0) - (before?.expires ?? 0))
  const isSame = before?.hash === known.hash && shift < TOLERANCE
  return { ...known, mentioned: isSame && before?.mentioned === true }
}

/** Whether it is about this token. */
export const isAbout = ({ hash }: KnownToken, token: Secret): boolean => hash === hashOf(token)

/** Part of its lifetime, and at most seconds, in which the end of a token is mentioned. */
const LAST_PART = 0.1
const MAX_LAST = 3600

/** Seconds until a token ends that expires soon; undefined if it does not, or has expired. */
export function endsSoon({ expires, lifetime }: KnownToken): number | undefined {
  if (expires === undefined) return undefined
  const left = (expires - Date.now()) / 1000
  return left > 0 && left < Math.min(lifetime.granted * LAST_PART, MAX_LAST) ? left : undefined
}

/** Enough of it to tell tokens apart. */
const hashOf = (token: Secret): string =>
  createHash('sha256').update(token.reveal()).digest('hex').slice(0, 32)

function parsed({ keptBy, hash, expires, lifetime, mentioned }: JsonObject): KnownToken {
  const told = isObject(lifetime) ? lifetime : {}
  return {
    keptBy: keptBy === 'keyring' ? keptBy : 'other',
    hash: typeof hash === 'string' ? hash : undefined,
    expires: typeof expires === 'number' ? expires : undefined,
    lifetime: {
      ttl: typeof told.ttl === 'number' ? told.ttl : 0,
      granted: typeof told.granted === 'number' ? told.granted : 0,
      renewable: told.renewable === true,
    },
    mentioned: mentioned === true,
  }
}
