import { expect } from 'chai'
import {
  assert,
  asyncProperty,
  bigInt,
  constantFrom,
  dictionary,
  integer,
  record,
  stringMatching,
  uniqueArray,
} from 'fast-check'
import sshpk from 'sshpk'
import { certificateType, signCertificate } from '../../../engine/openssh/certificate.ts'
import { keyParameters } from '../../../engine/openssh/key-parameters.ts'
import { generatePrivateKey, pemForClients } from '../../../engine/openssh/private-key.ts'
import { fingerprintOf, parsePublicKey } from '../../../engine/openssh/public-key.ts'
import { WireReader } from '../../../engine/openssh/wire.ts'
import { Keygen } from '../../support/keygen.ts'

const AUTHORITIES = [
  ['rsa', 2048],
  ['ec', 256],
  ['ec', 384],
  ['ec', 521],
  ['ed25519', 0],
] as const

const SUBJECTS = [
  ['-t', 'rsa', '-b', '2048'],
  ['-t', 'rsa', '-b', '3072'],
  ['-t', 'ecdsa', '-b', '256'],
  ['-t', 'ecdsa', '-b', '384'],
  ['-t', 'ecdsa', '-b', '521'],
  ['-t', 'ed25519'],
] as const

// public halves of FIDO keys, as a token made them
const FIDO = [
  'sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIBNhTr98+6hCGmD7eo1cVmtvDrdJ6z4a2xS9qcHlwnZ/AAAABHNzaDo=',
]

const word = stringMatching(/^[\w.@-]{1,20}$/)

describe('A certificate', () => {
  const keygen = new Keygen()
  after(() => keygen[Symbol.dispose]())

  const lines = [...SUBJECTS.map(words => keygen.key(...words).line), ...FIDO]

  for (const [type, bits] of AUTHORITIES)
    it(`of an authority with ${type} ${bits || ''} is read by ssh-keygen for keys of every type`, async () => {
      const authority = await generatePrivateKey(keyParameters(type, bits), '')
      for (const line of lines) {
        const key = parsePublicKey(line)
        const blob = await signCertificate(
          {
            type: 'user',
            key,
            serial: 0xfedcba9876543210n,
            keyId: 'key "id"',
            principals: ['ann', 'bob'],
            validAfter: 1_767_225_600,
            validBefore: 1_767_229_200,
            criticalOptions: { 'source-address': '10.0.0.0/8', 'force-command': 'ls' },
            extensions: { 'permit-pty': '', 'login@github.com': 'ann' },
          },
          authority,
        )
        const read = keygen.certificate(`${certificateType(key.type)} ${blob.toString('base64')}\n`)
        expect(read.type).to.equal(`${certificateType(key.type)} user certificate`)
        expect(read.serial).to.equal('18364758544493064720')
        expect(read.valid).to.equal('from 2026-01-01T00:00:00 to 2026-01-01T01:00:00')
        expect(read.principals).to.deep.equal(['ann', 'bob'])
        expect(read.criticalOptions).to.deep.equal([
          'force-command ls',
          'source-address 10.0.0.0/8',
        ])
        expect(read.extensions[0]).to.match(/^login@github\.com UNKNOWN/)
        expect(read.extensions[1]).to.equal('permit-pty')
        expect(read.signedBy).to.include(fingerprintOf(authority.publicKey))
      }
    })

  for (const [algorithm, shown] of [
    [undefined, 'rsa-sha2-256'],
    ['rsa-sha2-512', 'rsa-sha2-512'],
    ['ssh-rsa', 'ssh-rsa'],
  ] as const)
    it(`of an RSA authority is signed with ${shown} when ${algorithm ?? 'nothing'} is asked for`, async () => {
      const authority = await generatePrivateKey({ family: 'rsa', bits: 2048 }, '')
      const key = parsePublicKey(lines[0] ?? '')
      const blob = await signCertificate(
        {
          type: 'host',
          key,
          serial: 1n,
          keyId: 'x',
          principals: ['a.example.com'],
          validAfter: 0,
          validBefore: 1,
          criticalOptions: {},
          extensions: {},
        },
        authority,
        algorithm,
      )
      const text = `${certificateType(key.type)} ${blob.toString('base64')}`
      if (shown === 'ssh-rsa') {
        // OpenSSH no longer believes SHA-1, and sshpk does
        const signature = sshpk.parseCertificate(text, 'openssh').signatures.openssh
        expect(signature?.signature.hashAlgorithm).to.equal('sha1')
      } else expect(keygen.certificate(text).signedBy).to.include(`(using ${shown})`)
    })

  it('says what it was told, whatever that is, to a reader that is not ours', async () => {
    const authority = await generatePrivateKey({ family: 'ed25519' }, '')
    const key = parsePublicKey(lines.at(-2) ?? '')
    const anything = record({
      type: constantFrom('user' as const, 'host' as const),
      serial: bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      keyId: stringMatching(/^[ -~]{0,60}$/),
      principals: uniqueArray(word, { minLength: 1, maxLength: 5 }),
      validAfter: integer({ min: 0, max: 2_000_000_000 }),
      validBefore: integer({ min: 0, max: 4_000_000_000 }),
      criticalOptions: dictionary(word, word, { maxKeys: 4 }),
      extensions: dictionary(word, word, { maxKeys: 4 }),
    })
    await assert(
      asyncProperty(anything, async certificate => {
        const blob = await signCertificate({ ...certificate, key }, authority)
        const read = sshpk.parseCertificate(
          `${certificateType(key.type)} ${blob.toString('base64')}`,
          'openssh',
        )
        const { openssh } = read.signatures
        expect(openssh?.keyId).to.equal(certificate.keyId)
        expect(read.serial.readBigUInt64BE()).to.equal(certificate.serial)
        expect(read.validFrom.getTime()).to.equal(certificate.validAfter * 1000)
        expect(read.validUntil.getTime()).to.equal(certificate.validBefore * 1000)
        for (const [kind, options] of [
          ['critical', certificate.criticalOptions],
          ['extensions', certificate.extensions],
        ] as const) {
          const found = optionsIn(blob)[kind]
          expect(found).to.deep.equal(Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1)))
        }
        expect(
          read.isSignedByKey(sshpk.parseKey(pemForClients(authority), 'ssh-private')),
        ).to.equal(true)
      }),
      { numRuns: 60 },
    )
  })

  it('has another nonce every time', async () => {
    const authority = await generatePrivateKey({ family: 'ed25519' }, '')
    const key = parsePublicKey(lines.at(-2) ?? '')
    const certificate = {
      type: 'user' as const,
      key,
      serial: 1n,
      keyId: '',
      principals: [],
      validAfter: 0,
      validBefore: 1,
      criticalOptions: {},
      extensions: {},
    }
    const nonces = new Set<string>()
    for (let each = 0; each < 5; each++) {
      const reader = new WireReader(await signCertificate(certificate, authority))
      reader.string()
      nonces.add(reader.string().toString('hex'))
    }
    expect(nonces.size).to.equal(5)
  })
})

describe('A private key', () => {
  const keygen = new Keygen()
  after(() => keygen[Symbol.dispose]())

  for (const [type, bits] of AUTHORITIES)
    it(`of ${type} ${bits || ''} is written in a form that ssh-keygen reads`, async () => {
      const key = await generatePrivateKey(keyParameters(type, bits), '')
      expect(keygen.publicOf(pemForClients(key))).to.equal(
        `${key.publicKey.type} ${key.publicKey.blob.toString('base64')}`,
      )
    })
})

/** The options of a certificate for an Ed25519 key, read without the code that wrote them. */
function optionsIn(blob: Buffer) {
  const reader = new WireReader(blob)
  reader.string()
  reader.string()
  reader.string()
  reader.uint64()
  reader.uint32()
  reader.string()
  reader.string()
  reader.uint64()
  reader.uint64()
  const pairs = (bytes: Buffer) => {
    const inner = new WireReader(bytes)
    const found: [string, string][] = []
    while (inner.rest.length > 0) found.push([inner.text(), new WireReader(inner.string()).text()])
    return found
  }
  return { critical: pairs(reader.string()), extensions: pairs(reader.string()) }
}
