import { createSecretKey } from 'node:crypto'
import { expect } from 'chai'
import { decrypt, encrypt, KEY_BYTES, Tampered } from '../../../engine/storage/aead.ts'

const NONCE_BYTES = 12
/** More than random bytes are drawn for at once. */
const MANY = 1000

const key = createSecretKey(Buffer.alloc(KEY_BYTES, 1))
const [bound, plain] = [Buffer.from('name'), Buffer.from('value')]

describe('encrypt', () => {
  it('never uses a nonce twice', () => {
    const nonces = Array.from({ length: MANY }, () =>
      encrypt(key, bound, plain).subarray(0, NONCE_BYTES).toString('hex'),
    )
    expect(new Set(nonces).size).to.equal(MANY)
    // overlapping ones would differ, too
    expect(nonces.filter((nonce, at) => nonces[at + 1]?.startsWith(nonce.slice(2)))).to.be.empty
  })

  it('binds a value to its name, byte by byte', () => {
    const sealed = encrypt(key, bound, plain)
    expect(decrypt(key, bound, sealed)).to.deep.equal(plain)
    expect(() => decrypt(key, Buffer.from('other'), sealed)).to.throw(Tampered)
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed)
      changed.writeUInt8((changed[at] ?? 0) ^ 1, at)
      expect(() => decrypt(key, bound, changed), `byte ${at}`).to.throw(Tampered)
    }
  })
})
