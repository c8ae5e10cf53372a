import { generateKeyPairSync } from 'node:crypto'
import { expect } from 'chai'
import { requireSigned } from '../../../helper/check-signature.ts'
import { Refusal } from '../../../helper/refusal.ts'
import type { IpAddress } from '../../../shared/address.ts'
import { publicKeyIn, signText } from '../../../shared/ed25519.ts'
import { Secret } from '../../../shared/secret.ts'
import type { VerifyRefusal, VerifyReply, VerifyRequest } from '../../../shared/verification.ts'
import { replyText, type SignedReply } from '../../../shared/verify-signature.ts'

const key = generateKeyPairSync('ed25519').privateKey
const other = generateKeyPairSync('ed25519').privateKey
const OTP = '2f7e25a2-24c9-4b7b-0d35-27d5e5203a5c'
const TIME = '2026-01-01T00:00:00.000Z'

const SIGNED: SignedReply = {
  mount: 'ssh',
  nonce: 'n'.repeat(32),
  otp: new Secret(OTP),
  decision: 'allowed',
  reason: '',
  username: 'alice',
  ip: '10.1.2.3',
  role: 'ops',
  time: TIME,
  requestId: 'id',
}
const REQUEST: VerifyRequest = { otp: new Secret(OTP), nonce: SIGNED.nonce }
const RULES = { mount: 'ssh', keys: [publicKeyIn(key)] }

const signatureOf = (signed: Partial<SignedReply> = {}, by = key) => ({
  keyId: publicKeyIn(by).id,
  time: TIME,
  requestId: 'id',
  signature: signText(by, replyText({ ...SIGNED, ...signed })),
})

const login = (signature = signatureOf(), changes: object = {}): VerifyReply => ({
  kind: 'login',
  username: 'alice',
  ip: '10.1.2.3' as IpAddress,
  host: undefined,
  role: 'ops',
  nonce: SIGNED.nonce,
  signature,
  ...changes,
})
const refusal = (signature: VerifyRefusal['signature']): VerifyRefusal => ({
  errors: ['OTP not found'],
  signature,
})
const NOBODY = { username: '', ip: '', role: '' }

describe('The signature of an answer', () => {
  it('is taken where it is that of this answer to this request', () => {
    requireSigned(login(), REQUEST, RULES)
    const echo = signatureOf({ ...NOBODY, decision: 'echo' })
    requireSigned({ kind: 'echo', nonce: SIGNED.nonce, signature: echo }, REQUEST, RULES)
    const denied = signatureOf({ ...NOBODY, decision: 'refused', reason: 'OTP not found' })
    requireSigned(refusal(denied), REQUEST, RULES)
  })

  it('covers the host that a password is for, and never takes it for an address', () => {
    const forHost = { ip: undefined, host: '10.1.2.3' }
    requireSigned(login(signatureOf({ ip: '', host: '10.1.2.3' }), forHost), REQUEST, RULES)
    refused(login(signatureOf(), forHost), /not that of this answer/)
    refused(login(signatureOf({ ip: '', host: '10.1.2.3' })), /not that of this answer/)
  })

  it('is not needed where no keys are set', () => {
    requireSigned(login(undefined, { signature: undefined }), REQUEST, {
      ...RULES,
      keys: undefined,
    })
    requireSigned(login(), REQUEST, { ...RULES, keys: undefined })
  })

  const refused = (
    answer: VerifyReply | VerifyRefusal,
    words: RegExp,
    request = REQUEST,
    rules: typeof RULES = RULES,
  ) =>
    expect(() => requireSigned(answer, request, rules))
      .to.throw(Refusal, words)
      .with.property('exit', 'protocol')

  it('must be there', () => {
    refused(login(undefined, { signature: undefined }), /^the answer is not signed/)
    refused(refusal(undefined), /^the answer is not signed/)
    refused(login(), /^the answer is not signed/, { otp: new Secret(OTP) })
  })

  it('must be by one of the keys', () => {
    refused(
      login(signatureOf({}, other)),
      /^the answer is signed with the key "[0-9a-f]{16}", which/,
    )
    refused(login({ ...signatureOf({}, other), keyId: publicKeyIn(key).id }), /^the signature/)
    refused(login(), /none of verify_keys$/, REQUEST, { ...RULES, keys: [] })
    requireSigned(login(), REQUEST, { ...RULES, keys: [publicKeyIn(other), publicKeyIn(key)] })
  })

  const CHANGES: readonly Partial<SignedReply>[] = [
    { mount: 'ssh2' },
    { mount: 'ssh/' },
    { nonce: 'm'.repeat(32) },
    { otp: new Secret(`${OTP} `) },
    { decision: 'refused' },
    { decision: 'echo' },
    { reason: 'x' },
    { username: 'bob' },
    { username: 'alice ' },
    { ip: '10.1.2.4' },
    { role: 'admins' },
    { username: '', role: 'aliceops' },
    { time: '2026-01-01T00:00:01.000Z' },
    { requestId: 'other' },
  ]
  for (const change of CHANGES)
    it(`is refused if it is over ${JSON.stringify(change)}`, () => {
      refused(login(signatureOf(change)), /^the signature is not that of this answer/)
    })

  for (const [name, answer] of Object.entries({
    user: login(undefined, { username: 'root' }),
    address: login(undefined, { ip: '10.1.2.4' }),
    role: login(undefined, { role: 'admins' }),
    time: login({ ...signatureOf(), time: '2026-01-02T00:00:00.000Z' }),
    'request id': login({ ...signatureOf(), requestId: 'x' }),
  }))
    it(`is refused if the ${name} was changed on the way`, () => {
      refused(answer, /^the signature is not that of this answer/)
    })

  it('of a refusal covers all that the log shows of it', () => {
    const denied = signatureOf({ ...NOBODY, decision: 'refused', reason: 'OTP not found' })
    for (const errors of [['OTP not found', 'call 555 0100'], ['OTP not found', ''], []])
      refused({ errors, signature: denied }, /^the signature/)
  })

  it('of a refusal or an echo makes no login', () => {
    const denied = signatureOf({ ...NOBODY, decision: 'refused', reason: 'OTP not found' })
    refused(login(denied), /^the signature/)
    refused(login(signatureOf({ ...NOBODY, decision: 'echo' })), /^the signature/)
    refused(login(signatureOf({ decision: 'echo' })), /^the signature/)
  })
})
