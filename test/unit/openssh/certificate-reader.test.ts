import { expect } from 'chai'
import { assert, integer, property, string, uint8Array } from 'fast-check'
import { certificateType, signCertificate } from '../../../engine/openssh/certificate.ts'
import { readCertificate } from '../../../engine/openssh/certificate-reader.ts'
import { generatePrivateKey } from '../../../engine/openssh/private-key.ts'
import { parsePublicKey } from '../../../engine/openssh/public-key.ts'
import { Invalid } from '../../../shared/invalid.ts'
import { Keygen } from '../../support/keygen.ts'

describe('A certificate that a program holds', () => {
  const keygen = new Keygen()
  after(() => keygen[Symbol.dispose]())

  const SUBJECTS = [
    ['-t', 'rsa', '-b', '2048'],
    ['-t', 'ecdsa', '-b', '384'],
    ['-t', 'ed25519'],
  ]
  for (const words of SUBJECTS)
    it(`is read when ssh-keygen has made it, for ${words.join(' ')}`, () => {
      const { line } = keygen.key(...words)
      expect(
        readCertificate(
          keygen.signed(line, [
            '-I',
            'an id',
            '-n',
            'b,a',
            '-z',
            '18446744073709551615',
            '-V',
            '20260101000000Z:20260102000000Z',
          ]),
        ),
      ).to.deep.include({
        type: 'user',
        key: parsePublicKey(line),
        serial: 18446744073709551615n,
        keyId: 'an id',
        principals: ['b', 'a'],
        validAfter: Date.parse('2026-01-01T00:00:00Z') / 1000,
        validBefore: Date.parse('2026-01-02T00:00:00Z') / 1000,
      })
      expect(readCertificate(keygen.signed(line, ['-I', '', '-h']))).to.deep.include({
        ...{ type: 'host', keyId: '', principals: [], validAfter: 0, serial: 0n },
        validBefore: Number(2n ** 64n - 1n),
      })
    })

  async function certificate() {
    const authority = await generatePrivateKey({ family: 'ed25519' }, '')
    const key = parsePublicKey(keygen.key('-t', 'ed25519').line)
    const blob = await signCertificate(
      {
        ...{ type: 'user', key, serial: 1n, keyId: 'x', principals: ['a', 'b'] },
        ...{ validAfter: 0, validBefore: 1, criticalOptions: {}, extensions: { a: 'b' } },
      },
      authority,
    )
    return { blob, type: certificateType(key.type) }
  }

  /** What is wrong with a text; undefined if nothing is. Whatever else is thrown is a bug. */
  function fault(line: string): string | undefined {
    try {
      readCertificate(line)
      return undefined
    } catch (error) {
      if (error instanceof Invalid) return error.message
      throw error
    }
  }

  it('is refused at every length but its own', async () => {
    const { blob, type } = await certificate()
    expect(fault(`${type} ${blob.toString('base64')}`)).to.equal(undefined)
    for (let length = 0; length < blob.length; length++)
      expect(fault(`${type} ${blob.subarray(0, length).toString('base64')}`)).to.be.a('string')
    expect(fault(`${type} ${Buffer.concat([blob, Buffer.of(0)]).toString('base64')}`)).to.equal(
      'there is data behind its end',
    )
  })

  it('is never more than refused, whatever its bytes are', async () => {
    const { blob, type } = await certificate()
    assert(
      property(integer({ min: 0 }), uint8Array({ minLength: 1, maxLength: 8 }), (at, bytes) => {
        const changed = Buffer.from(blob)
        changed.set(bytes, at % (blob.length - bytes.length))
        fault(`${type} ${changed.toString('base64')}`)
      }),
      { numRuns: 3000 },
    )
    assert(
      property(string(), text => {
        expect(fault(text)).to.be.a('string')
      }),
      { numRuns: 500 },
    )
  })

  for (const [what, change] of [
    ['a key', async () => keygen.key('-t', 'ed25519').line],
    [
      'of another type than its line says',
      async () => {
        const { blob } = await certificate()
        return `ssh-rsa-cert-v01@openssh.com ${blob.toString('base64')}`
      },
    ],
  ] as const)
    it(`is not ${what}`, async () =>
      expect(fault(await change())).to.equal('it is not a certificate'))
})
