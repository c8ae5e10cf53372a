import type { KeyObject } from 'node:crypto'
import { publicKeyIn } from '../../../shared/ed25519.ts'
import { type Cell, newKey } from './login-cells.ts'

/** A way in which one thing of a login can be. `reason` is that of the refusal; without one, the login is right. */
export interface Variant {
  readonly what: string
  readonly reason?: RegExp
  readonly change: (cell: Cell) => Cell
}

export const right = (what: string, change: Variant['change']): Variant => ({ what, change })
export const wrong = (reason: RegExp, what: string, change: Variant['change']): Variant => ({
  ...{ what, reason, change },
})

export const said = (data: Cell['said']) => (cell: Cell) => ({
  ...cell,
  said: { ...cell.said, ...data },
})
export const signed = (data: Cell['signed']) => (cell: Cell) => ({
  ...cell,
  signed: { ...cell.signed, ...data },
})
export const set = (settings: Cell['settings']) => (cell: Cell) => ({
  ...cell,
  settings: { ...cell.settings, ...settings },
})
export const parts = (signature: Cell['signature']) => (cell: Cell) => ({
  ...cell,
  signature: { ...cell.signature, ...signature },
})
export const environment = (variables: Cell['environment']) => (cell: Cell) => ({
  ...cell,
  environment: { ...cell.environment, ...variables },
})
export const typed = (text: string) => (cell: Cell) => ({
  ...cell,
  typed: Buffer.from(text, 'latin1'),
})
export const framed = (frame: Cell['framed']) => (cell: Cell) => ({ ...cell, framed: frame })
export const by = (signer: KeyObject) => (cell: Cell) => ({ ...cell, by: signer })
export const both =
  (...changes: readonly Variant['change'][]) =>
  (cell: Cell) =>
    changes.reduce((done, change) => change(done), cell)

export const dialled = (address: string) =>
  environment({ SSH_CONNECTION: `192.0.2.7 50000 ${address} 22` })

export const OTP = '2f7e25a2-24c9-4b7b-0d35-27d5e5203a5c'

/** The address that the client dialled. */
export const HERE = '10.1.2.3'

/** The key of replies that the host trusts, and one that it does not. */
export const [KEY, OTHER_KEY] = [newKey(), newKey()]

export const textOf = (key: KeyObject): string => publicKeyIn(key).text

export const NOT_SAID = /^protocol: .*the signature is not that of this answer/
