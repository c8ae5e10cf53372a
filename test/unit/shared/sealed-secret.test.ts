import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { expect } from 'chai'
import { publicKeyIn, rawKeyOf } from '../../../shared/ed25519.ts'
import { LONGEST_OTP, newOtp, OTP_FORMATS } from '../../../shared/otp.ts'
import { openSecret, sealSecret } from '../../../shared/sealed-secret.ts'
import { Secret } from '../../../shared/secret.ts'
import { montgomeryOf } from '../../../shared/x25519.ts'

const key = generateKeyPairSync('ed25519').privateKey
const REQUEST = { kind: 'otp', mount: 'ssh', nonce: 'n'.repeat(32) } as const

const SEALED =
  'FBIuR6/gMY4ZBFIe6aByNNzh+0SljfJPhA9/Zq8spSyYehYpmup6/rkpLuB/lhttb2nrPQzZp20JEf6DJjrm2tMvgthikgr7+1FknDbBZdj30scv'

describe('A password that is sealed', () => {
  it('is opened with the private key that signs replies', () => {
    for (const otp of OTP_FORMATS.map(newOtp)) {
      const sealed = sealSecret(otp, publicKeyIn(key), REQUEST)
      expect(sealed).to.have.length(112)
      expect(openSecret(sealed, key, REQUEST)?.reveal()).to.equal(otp.reveal())
    }
  })

  it('is opened with no other key, for no other request, and not if it was changed', () => {
    const sealed = sealSecret(newOtp(), publicKeyIn(key), REQUEST)
    const bytes = Buffer.from(sealed, 'base64')
    const other = generateKeyPairSync('ed25519').privateKey
    expect(openSecret(sealed, other, REQUEST)).to.equal(undefined)
    expect(openSecret(sealed, key, { ...REQUEST, kind: 'token' })).to.equal(undefined)
    expect(openSecret(sealed, key, { ...REQUEST, nonce: 'other' })).to.equal(undefined)
    expect(openSecret(sealed, key, { ...REQUEST, mount: 'ssh2' })).to.equal(undefined)
    for (const at of [0, 31, 40, 83]) {
      const changed = Buffer.from(bytes)
      changed[at] = changed.readUInt8(at) ^ 1
      expect(openSecret(changed.toString('base64'), key, REQUEST), `${at}`).to.equal(undefined)
    }
    const lowOrder = Buffer.concat([Buffer.alloc(32), bytes.subarray(32)])
    for (const odd of ['', 'AA==', lowOrder.toString('base64'), `${sealed}AAAA`])
      expect(openSecret(odd, key, REQUEST)).to.equal(undefined)
  })

  it('is opened to the letter, and only if it is not longer than a password can be', () => {
    const opened = (text: string) =>
      openSecret(sealSecret(new Secret(text), publicKeyIn(key), REQUEST), key, REQUEST)?.reveal()
    for (const text of ['', 'a\0b', 'x'.repeat(LONGEST_OTP)]) expect(opened(text)).to.equal(text)
    expect(opened('x'.repeat(LONGEST_OTP + 1))).to.equal(undefined)
  })

  it('is opened as it always was', () => {
    // RFC 8032, section 7.1, test 1
    const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'
    const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex')
    const known = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    expect(openSecret(SEALED, known, REQUEST)?.reveal()).to.equal(
      '2f7e25a2-24c9-4b7b-0d35-27d5e5203a5c',
    )
  })

  it('never looks the same, and has nothing of the password in it', () => {
    const otp = new Secret('2f7e25a2-24c9-4b7b-0d35-27d5e5203a5c')
    const all = Array.from({ length: 50 }, () => sealSecret(otp, publicKeyIn(key), REQUEST))
    expect(new Set(all).size).to.equal(50)
    for (const each of all)
      expect(Buffer.from(each, 'base64').toString('latin1')).not.to.include('2f7e')
  })
})

describe('The X25519 key of an Ed25519 key', () => {
  it('is that of RFC 7748', () => {
    // the base points
    const y = Buffer.from(`58${'66'.repeat(31)}`, 'hex')
    expect(montgomeryOf(y).toString('hex')).to.equal(`09${'00'.repeat(31)}`)
  })

  it('is none for points of low order', () => {
    for (const hex of [`01${'00'.repeat(31)}`, `ec${'ff'.repeat(30)}7f`])
      expect(montgomeryOf(Buffer.from(hex, 'hex')).toString('hex')).to.equal('00'.repeat(32))
  })

  it('has 32 bytes for every key', () => {
    for (let run = 0; run < 50; run++) {
      const { publicKey } = generateKeyPairSync('ed25519')
      expect(
        montgomeryOf(
          rawKeyOf(publicKeyIn(createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })))),
        ),
      ).to.have.length(32)
    }
  })
})
