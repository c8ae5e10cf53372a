import { generateKeyPairSync } from 'node:crypto'
import { expect } from 'chai'
import { isSignedBy, parsePublicKey, publicKeyIn, signText } from '../../../shared/ed25519.ts'
import { Invalid } from '../../../shared/invalid.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const own = publicKeyIn(privateKey)
const TEXT = Buffer.from('what is signed')

describe('A public key', () => {
  it('is the same, read from its text or taken from either half', () => {
    expect(publicKeyIn(publicKey)).to.deep.include({ id: own.id, text: own.text })
    expect(parsePublicKey(own.text)).to.deep.include({ id: own.id, text: own.text })
    expect(own.id).to.match(/^[0-9a-f]{16}$/)
  })

  it('is that of RFC 8032, section 7.1, test 1', () => {
    const key = parsePublicKey('ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=')
    const signature = Buffer.from(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
      'hex',
    ).toString('base64')
    expect(isSignedBy(key, Buffer.alloc(0), signature)).to.equal(true)
  })

  for (const text of [
    '',
    'ed25519:',
    own.text.slice(8),
    own.text.toUpperCase(),
    ` ${own.text}`,
    own.text.slice(0, -1),
    `${own.text}\n`,
    own.text.replace('ed25519', 'rsa'),
    `ed25519:${Buffer.alloc(31).toString('base64')}`,
    `ed25519:${Buffer.alloc(33).toString('base64')}`,
  ])
    it(`is not ${JSON.stringify(text)}`, () => {
      expect(() => parsePublicKey(text)).to.throw(
        Invalid,
        `${JSON.stringify(text)} is not ed25519: and a key of 32 bytes in base64`,
      )
    })

  it('takes its own signatures, of the same text alone', () => {
    const signature = signText(privateKey, TEXT)
    const other = publicKeyIn(generateKeyPairSync('ed25519').privateKey)
    expect(isSignedBy(own, TEXT, signature)).to.equal(true)
    expect(isSignedBy(own, Buffer.from('What is signed'), signature)).to.equal(false)
    expect(isSignedBy(other, TEXT, signature)).to.equal(false)
    for (const wrong of ['', 'AAAA', signature.slice(0, -4), ` ${signature}`, `${signature}\n`])
      expect(isSignedBy(own, TEXT, wrong), JSON.stringify(wrong)).to.equal(false)
  })
})
