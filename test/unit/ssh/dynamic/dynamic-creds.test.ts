import { expect } from 'chai'
import { keyOnce } from '../../../../engine/ssh/dynamic/dynamic-creds.ts'

describe('The key of a request', () => {
  it('is made once, however often its transaction runs', async () => {
    const makeKey = keyOnce('192.0.2.1')
    const [first, again, other] = await Promise.all([
      makeKey({ family: 'rsa', bits: 1024 }),
      makeKey({ family: 'rsa', bits: 1024 }),
      makeKey({ family: 'ed25519' }),
    ])
    expect(again).to.equal(first)
    expect(other.publicKey.type).to.equal('ssh-ed25519')
  })

  it('is another for each request', async () => {
    const keys = await Promise.all(['a', 'a'].map(source => keyOnce(source)({ family: 'ed25519' })))
    expect(keys[0]?.publicKey.blob.equals(keys[1]?.publicKey.blob ?? Buffer.of())).to.equal(false)
  })
})
