import { hash } from 'node:crypto'
import type { Secret } from './secret.ts'
import { signedText } from './signed-text.ts'

/** What became of a request to `verify`. */
export type VerifyDecision = 'allowed' | 'refused' | 'echo'

/** What a signed reply of `verify` says, and to which request. */
export interface SignedReply {
  /** Where the SSH engine is mounted, without slashes at the ends. */
  readonly mount: string
  readonly nonce: string
  /** The password of the request. Its SHA-256 is signed. */
  readonly otp: Secret
  readonly decision: VerifyDecision
  /** The text of a refusal; empty otherwise. */
  readonly reason: string
  /** The login that the password was made for; empty if it is refused. */
  readonly username: string
  readonly ip: string
  /** The host that the password was issued for, in place of an address. */
  readonly host?: string | undefined
  readonly role: string
  /** When it was answered, as the engine's clock says: RFC 3339, in UTC. */
  readonly time: string
  readonly requestId: string
}

/**
 * What the engine signs, and what the helper builds anew from what it sent and what it has read: nothing is verified that is not read.
 * docs/decisions/0032-signed-replies.md
 */
export const replyText = (reply: SignedReply): Buffer =>
  signedText('postern-verify-reply-v1', [
    reply.mount,
    reply.nonce,
    hash('sha256', reply.otp.reveal(), 'hex'),
    reply.decision,
    reply.reason,
    reply.username,
    // no address begins like this
    reply.host === undefined ? reply.ip : `host:${reply.host}`,
    reply.role,
    reply.time,
    reply.requestId,
  ])

/** A key that replies are signed with, or were, or will be. */
export interface ListedKey {
  /** As {@link parsePublicKey} reads it. */
  readonly text: string
  readonly state: KeyState
}

/**
 * Staged: published, so that hosts trust it before it signs. Active: signs. Retiring: trusted as long as hosts may not know the next.
 */
export const KEY_STATES = ['staged', 'active', 'retiring'] as const

export type KeyState = (typeof KEY_STATES)[number]

/** The keys of a mount. A set replaces only one with a lower version. */
export interface KeySet {
  /** Id of the mount, which it keeps when it is moved. */
  readonly mountId: string
  readonly version: number
  readonly keys: readonly ListedKey[]
}

/** What each key of a set signs of it. */
export const keySetText = ({ mountId, version, keys }: KeySet): Buffer =>
  signedText('postern-verify-keys-v1', [
    mountId,
    String(version),
    ...keys.flatMap(({ text, state }) => [text, state]),
  ])
