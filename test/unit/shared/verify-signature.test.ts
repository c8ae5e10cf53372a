import { expect } from 'chai'
import { Secret } from '../../../shared/secret.ts'
import { keySetText, replyText, type SignedReply } from '../../../shared/verify-signature.ts'

const REPLY: SignedReply = {
  ...{ mount: 'ssh', nonce: 'n', otp: new Secret('p'), decision: 'allowed', reason: 'r' },
  ...{ username: 'alice', ip: '10.1.2.3', role: 'ops', time: 'noon', requestId: 'id' },
}
const HASH = '148de9c5a7a44d19e56cd9ae1a554bf67847afb0c58f6e12fa29ac7ddfca9940'
const text = (changes: Partial<SignedReply> = {}) => replyText({ ...REPLY, ...changes }).toString()

describe('What the engine signs of a reply', () => {
  it('is headed by what it is for, and has every part, and the password as its hash', () => {
    expect(text()).to.equal(
      `postern-verify-reply-v1\n3:ssh\n1:n\n64:${HASH}\n7:allowed\n1:r\n5:alice\n8:10.1.2.3\n3:ops\n4:noon\n2:id\n`,
    )
  })

  it('has the host in place of an address', () => {
    expect(text({ host: 'web-1' }))
      .to.contain('\n10:host:web-1\n')
      .and.not.contain('10.1.2.3')
    expect(text({ host: '' })).to.contain('\n5:host:\n')
  })
})

describe('What each key signs of a set of keys', () => {
  it('has the mount, the version, and every key with its state', () => {
    const keys = [
      { text: 'a', state: 'active' },
      { text: 'b', state: 'staged' },
    ] as const
    expect(keySetText({ mountId: 'm', version: 7, keys }).toString()).to.equal(
      'postern-verify-keys-v1\n1:m\n1:7\n1:a\n6:active\n1:b\n6:staged\n',
    )
  })
})
