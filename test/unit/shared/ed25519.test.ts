import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { expect } from 'chai'
import {
  isSignedBy,
  parsePrivateKey,
  parsePublicKey,
  publicKeyIn,
  signText,
} from '../../../shared/ed25519.ts'
import { Invalid } from '../../../shared/invalid.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const own = publicKeyIn(privateKey)
const TEXT = Buffer.from('what is signed')

const pemOf = (key: KeyObject) => key.export({ format: 'pem', type: 'pkcs8' }).toString()

describe('A private key', () => {
  const pem = pemOf(privateKey)
  const forms = {
    'as Node and OpenSSL write it': pem,
    'with the ends of lines of Windows': pem.replaceAll('\n', '\r\n'),
    'without a newline at its end': pem.trimEnd(),
    'below a comment': `Made by hand.\n${pem}`,
    // RFC 5958 §2
    'with its public half': `-----BEGIN PRIVATE KEY-----\n${Buffer.concat([
      Buffer.from('3051020101300506032b657004220420', 'hex'),
      Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url'),
      Buffer.from('812100', 'hex'),
      Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'),
    ]).toString('base64')}\n-----END PRIVATE KEY-----\n`,
  }
  for (const [form, text] of Object.entries(forms))
    it(`is read ${form}`, () => {
      const key = parsePrivateKey(text)
      expect(publicKeyIn(key)).to.deep.equal(own)
      expect(isSignedBy(own, TEXT, signText(key, TEXT))).to.equal(true)
      expect(key.equals(createPrivateKey(text))).to.equal(true)
    })

  for (const [what, text] of Object.entries({
    nothing: '',
    'a public key': publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    'a key that is too short': pem.replace(/.{4}\n-----END/, '\n-----END'),
  }))
    it(`is not ${what}`, () => {
      expect(() => parsePrivateKey(text)).to.throw()
    })

  for (const [kind, key] of [
    ['X25519', generateKeyPairSync('x25519').privateKey],
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
  ] as const)
    it(`is not a key of ${kind}`, () => {
      expect(() => parsePrivateKey(pemOf(key))).to.throw(Invalid, /^it is no Ed25519 key$/)
    })
})

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
