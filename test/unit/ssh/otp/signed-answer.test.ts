import { expect } from 'chai'
import { requireReplyKeys } from '../../../../engine/ssh/otp/reply-keys.ts'
import { signerFor } from '../../../../engine/ssh/otp/signed-answer.ts'
import { MemoryStore } from '../../../../engine/storage/memory.ts'
import { transact } from '../../../../engine/storage/transact.ts'
import { isSignedBy, parsePublicKey } from '../../../../shared/ed25519.ts'
import { Secret } from '../../../../shared/secret.ts'
import { replyText } from '../../../../shared/verify-signature.ts'

const NOW = new Date('2026-01-01T00:00:00Z')
const ASKED = {
  ...{ now: NOW, requestId: 'id', mountPath: 'ssh/prod/', nonce: 'n', otp: new Secret('otp') },
}

describe('The signer of answers', () => {
  const keyed = async () => {
    const { keys } = await transact(new MemoryStore(), tx => requireReplyKeys({ tx, now: NOW }))
    return keys[0]!
  }

  it('signs what is answered, to which request, and when', async () => {
    const key = await keyed()
    const sign = signerFor(ASKED, key)
    const asked = { mount: 'ssh/prod', nonce: 'n', otp: ASKED.otp, requestId: 'id' }
    const nobody = { reason: '', username: '', ip: '', role: '' }
    for (const said of [
      { decision: 'allowed', username: 'u', ip: '10.0.0.5', role: 'web' },
      { decision: 'allowed', username: 'u', host: 'web-1', role: 'web' },
      { decision: 'refused', reason: 'OTP not found' },
      { decision: 'echo' },
    ] as const) {
      const { key_id, time, signature } = sign(said)!
      expect([key_id, time]).to.deep.equal([key.id, '2026-01-01T00:00:00.000Z'])
      const text = replyText({ ...asked, ...nobody, ...said, time })
      expect(isSignedBy(parsePublicKey(key.publicKey), text, signature)).to.equal(true)
    }
  })

  it('signs nothing for a request without a nonce, or without a key', async () => {
    const said = { decision: 'echo' } as const
    const without = { ...ASKED, nonce: undefined }
    expect(signerFor(without, await keyed())(said)).to.equal(undefined)
    expect(signerFor(ASKED, undefined)(said)).to.equal(undefined)
    expect(signerFor(without, undefined)(said)).to.equal(undefined)
  })
})
