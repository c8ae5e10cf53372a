import { hash, type KeyObject, sign, verify } from 'node:crypto'
import { keyObjectOf } from '../../shared/ed25519.ts'

/** A position in the chain of lines that one run of the server has written to one device. */
export interface ChainPosition {
  /** Names the run: 16 hexadecimal digits. */
  readonly id: string
  /** Counts the lines of the run, from 0. */
  readonly seq: number
  /** SHA-256 of the line before, its line end included, in hexadecimal. */
  readonly prev: string
}

/** `prev` of the first line of a run. */
export const NOTHING = '0'.repeat(64)

const POSITION =
  /,"chain":\{"id":"([0-9a-f]{16})","seq":(0|[1-9]\d{0,15}),"prev":"([0-9a-f]{64})"\}(?:,"signature":"([\w-]{86})")?\}\n$/

/** Signed with every head, so that no other signature made with the same key verifies as one of a head (domain separation). */
const PURPOSE = 'postern audit head 1\n'

/** A line without its position: JSON of an object. */
type Body = string

/** An entry as a line of the log, with its position in the chain and the line end. */
export const chained = (body: Body, position: ChainPosition): Buffer =>
  Buffer.from(`${withPosition(body, position)}}\n`)

/** A signed line. Its signature covers all lines before it through the chain. */
export function signed(body: Body, position: ChainPosition, key: KeyObject): Buffer {
  const text = withPosition(body, position)
  const signature = sign(null, Buffer.from(PURPOSE + text), key).toString('base64url')
  return Buffer.from(`${text},"signature":"${signature}"}\n`)
}

/** The hash that the next line has as `prev`. */
export const hashOf = (line: Uint8Array): string => hash('sha256', line, 'hex')

/** A position as read from a line, and the signature of that line. */
export interface FoundPosition extends ChainPosition {
  readonly signature: string | undefined
}

/** The position at the end of a line, if it has one. */
export function positionOf(line: Buffer): FoundPosition | undefined {
  const [, id, seq, prev, signature] =
    POSITION.exec(line.toString('latin1', line.length - 300)) ?? []
  if (id === undefined || prev === undefined) return undefined
  return { id, seq: Number(seq), prev, signature }
}

/** Whether the signature of the line verifies with the key. */
export function isSigned(line: Buffer, { signature }: FoundPosition, key: KeyObject): boolean {
  if (signature === undefined) return false
  const tail = `,"signature":"${signature}"}\n`
  const bytes = Buffer.from(signature, 'base64url')
  // base64url has several texts for the same bytes; only the canonical one is written
  if (bytes.toString('base64url') !== signature) return false
  const text = line.subarray(0, line.length - tail.length)
  return verify(null, Buffer.concat([Buffer.from(PURPOSE), text]), key, bytes)
}

/** The text of a public key: its 32 bytes in base64url. RFC 8032 §5.1.5. */
export const publicKeyText = (key: KeyObject): string => key.export({ format: 'jwk' }).x ?? ''

/** @returns undefined for what is not the text of a key */
export function parsePublicKey(text: string): KeyObject | undefined {
  const x = text.trim().replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_')
  if (!/^[\w-]{43}$/.test(x)) return undefined
  return keyObjectOf(x)
}

const withPosition = (body: Body, { id, seq, prev }: ChainPosition) =>
  `${body.slice(0, -1)},"chain":{"id":"${id}","seq":${seq},"prev":"${prev}"}`
