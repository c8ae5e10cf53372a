import { publicKeyIn } from '../../../shared/ed25519.ts'
import { Secret } from '../../../shared/secret.ts'
import {
  both,
  by,
  KEY,
  NOT_SAID,
  OTHER_KEY,
  parts,
  right,
  said,
  set,
  signed,
  textOf,
  type Variant,
  wrong,
} from './variant.ts'

export const NONCES: readonly Variant[] = [
  right('not repeated, but signed', said({ nonce: undefined })),
  wrong(
    /^protocol: .*the answer is to another question/,
    'of another question',
    said({ nonce: 'f'.repeat(32) }),
  ),
  wrong(/^protocol: .*nonce is not a text/, 'empty', said({ nonce: '' })),
  wrong(/^protocol: .*nonce is not a text/, 'a number', said({ nonce: 1 })),
  wrong(NOT_SAID, 'another one signed', signed({ nonce: 'f'.repeat(32) })),
  wrong(NOT_SAID, 'none signed', signed({ nonce: '' })),
]

export const SIGNATURES: readonly Variant[] = [
  wrong(/^protocol: .*the answer is not signed/, 'none', parts({ signature: undefined })),
  wrong(/^protocol: .*signature is not a text/, 'empty', parts({ signature: '' })),
  wrong(NOT_SAID, 'of zeros', parts({ signature: Buffer.alloc(64).toString('base64') })),
  wrong(NOT_SAID, 'no base64', parts({ signature: '!' })),
  wrong(
    /^protocol: .*key_id is not a text/,
    'without the name of its key',
    parts({ key_id: undefined }),
  ),
  wrong(/^protocol: .*time is not a text/, 'without a time', parts({ time: undefined })),
  ...(
    [
      // of no login that is right in another way
      { decision: 'refused' },
      { decision: 'echo' },
      { reason: 'OTP not found' },
      { otp: new Secret('00000000-24c9-4b7b-0d35-27d5e5203a5c') },
      { username: 'carol' },
      { ip: '10.1.2.4', host: undefined },
      { host: 'web-3' },
      { role: 'admins' },
      { requestId: 'another' },
      { username: 'alice10.1.2.3', ip: '' },
    ] as const
  ).map(change => wrong(NOT_SAID, `over ${JSON.stringify(change)}`, signed(change))),
]

export const NO_KEY = /^protocol: .*which is none of verify_keys/
export const KEYS: readonly Variant[] = [
  right('the second of two', set({ verify_keys: [textOf(OTHER_KEY), textOf(KEY)] })),
  right(
    'another one that is trusted',
    both(by(OTHER_KEY), set({ verify_keys: [textOf(OTHER_KEY)] })),
  ),
  wrong(NO_KEY, 'one that is not trusted', by(OTHER_KEY)),
  wrong(NO_KEY, 'no longer trusted', set({ verify_keys: [textOf(OTHER_KEY)] })),
  wrong(
    NOT_SAID,
    'one that is not trusted, under the name of one that is',
    both(by(OTHER_KEY), parts({ key_id: publicKeyIn(KEY).id })),
  ),
  wrong(NO_KEY, 'under another name', parts({ key_id: publicKeyIn(OTHER_KEY).id })),
  wrong(/^protocol: .*key_id is not a text/, 'without a name', parts({ key_id: '' })),
]

export const TIMES: readonly Variant[] = [
  ...['1970-01-01T00:00:00.000Z', '2999-12-31T23:59:59.999Z', 'noon'].map(time =>
    right(`signed as ${time}, since the helper has no use for it`, signed({ time })),
  ),
  wrong(NOT_SAID, 'another than was signed', parts({ time: '2026-01-01T00:00:00.001Z' })),
]

export const MOUNTS: readonly Variant[] = [
  right(
    'another one, which is asked',
    both(signed({ mount: 'team/ssh' }), set({ ssh_mount_point: '/team/ssh/' })),
  ),
  ...['ssh2', 'ssh/', '', 'SSH', 'team/ssh'].map(mount =>
    wrong(NOT_SAID, `the answer of ${JSON.stringify(mount)}`, signed({ mount })),
  ),
  wrong(NOT_SAID, 'another one is asked', set({ ssh_mount_point: 'ssh2' })),
]
