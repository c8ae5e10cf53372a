import { execFileSync } from 'node:child_process'
import { expect } from 'chai'
import { assert, constantFrom, integer, property, uint8Array } from 'fast-check'
import { parsePublicKey, publicKeyLine, readPublicKey } from '../../../engine/openssh/public-key.ts'
import { WireReader, WireWriter } from '../../../engine/openssh/wire.ts'
import { Invalid } from '../../../shared/invalid.ts'
import { cases } from '../../support/cases.ts'
import { Keygen } from '../../support/keygen.ts'

const FIDO =
  'sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIBNhTr98+6hCGmD7eo1cVmtvDrdJ6z4a2xS9qcHlwnZ/AAAABHNzaDo='

describe('A public key', () => {
  const keygen = new Keygen()
  const line = (...words: readonly string[]) => keygen.key(...words).line
  const lines = [
    line('-t', 'rsa', '-b', '1024'),
    line('-t', 'rsa', '-b', '3072'),
    line('-t', 'ecdsa', '-b', '256'),
    line('-t', 'ecdsa', '-b', '384'),
    line('-t', 'ecdsa', '-b', '521'),
    line('-t', 'ed25519'),
    FIDO,
  ]
  const p256 = lines[2] ?? ''
  const ed25519 = lines[5] ?? ''
  after(() => keygen[Symbol.dispose]())

  const blobs = () => lines.map(each => Buffer.from(each.split(' ')[1] ?? '', 'base64'))
  const anyBlob = constantFrom(...blobs())

  /** What is wrong with a key on the wire; undefined if nothing is. Whatever else is thrown is a bug. */
  function fault(blob: Uint8Array): string | undefined {
    try {
      readPublicKey(Buffer.from(blob))
      return undefined
    } catch (error) {
      if (error instanceof Invalid) return error.message
      throw error
    }
  }

  it('may have tabs or several blanks between its words', () => {
    const [type, base64] = ed25519.split(' ')
    for (const between of ['  ', '\t', ' \t '])
      for (const comment of ['', `${between}ann's  key`])
        expect(
          publicKeyLine(parsePublicKey(`${between}${type}${between}${base64}${comment}\n`)),
        ).to.equal(ed25519)
  })

  for (const each of cases(lines))
    it(`of type ${each.split(' ')[0]} is what it was`, () => {
      const key = parsePublicKey(each)
      expect(publicKeyLine(key)).to.equal(each.trim())
      const file = keygen.write('size.pub', each)
      const said = execFileSync('ssh-keygen', ['-lf', file], { encoding: 'utf8' })
      expect(said).to.match(new RegExp(`^${key.bits} `))
    })

  it('is refused at every length but its own', () => {
    for (const blob of blobs())
      for (let length = 0; length < blob.length; length++)
        expect(fault(blob.subarray(0, length)), `${length} bytes`).to.be.a('string')
    assert(
      property(anyBlob, uint8Array({ minLength: 1, maxLength: 40 }), (blob, more) => {
        expect(fault(Buffer.concat([blob, more]))).to.equal('there is data behind its end')
      }),
    )
  })

  it('with any byte changed is refused, or another key of the same form', () => {
    assert(
      property(anyBlob, integer({ min: 0 }), integer({ min: 1, max: 255 }), (blob, at, bits) => {
        const changed = Buffer.from(blob)
        const index = at % blob.length
        changed[index] = (changed[index] ?? 0) ^ bits
        if (fault(changed) === undefined) expect(rewritten(changed).equals(changed)).to.equal(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('is nothing that chance makes', () => {
    assert(
      property(uint8Array({ maxLength: 300 }), bytes => {
        expect(fault(bytes)).to.be.a('string')
      }),
      { numRuns: 1000 },
    )
  })

  it('is refused when a length says more than there is', () => {
    const huge = Buffer.concat([Buffer.from('ffffffff', 'hex'), Buffer.alloc(20)])
    expect(fault(huge)).to.equal('it is cut short')
  })

  const string = (value: string | Uint8Array) => new WireWriter().string(value).bytes()
  const key = (...parts: readonly (string | Uint8Array)[]) => Buffer.concat(parts.map(string))
  const one = (first: number, length: number, last = 1) => {
    const bytes = Buffer.alloc(length, 0x55)
    bytes[0] = first
    bytes[length - 1] = last
    return bytes
  }
  const E = Buffer.from('010001', 'hex')
  const N = one(0x70, 256)

  const FORMS: readonly (readonly [string, () => Buffer, string | undefined])[] = [
    ['a plain RSA key', () => key('ssh-rsa', E, N), undefined],
    [
      'zeros before the modulus',
      () => key('ssh-rsa', E, Buffer.concat([Buffer.of(0), N])),
      'a number in it has zeros before it',
    ],
    [
      'zeros before the exponent',
      () => key('ssh-rsa', Buffer.concat([Buffer.of(0), E]), N),
      'a number in it has zeros before it',
    ],
    [
      'a negative modulus',
      () => key('ssh-rsa', E, one(0x80, 256)),
      'a number in it is not positive',
    ],
    ['no exponent', () => key('ssh-rsa', '', N), 'a number in it is not positive'],
    ['the exponent 1', () => key('ssh-rsa', Buffer.of(1), N), 'the exponent is too small'],
    ['an even exponent', () => key('ssh-rsa', Buffer.of(4), N), 'modulus and exponent must be odd'],
    [
      'an even modulus',
      () => key('ssh-rsa', E, one(0x70, 256, 2)),
      'modulus and exponent must be odd',
    ],
    ['a large exponent', () => key('ssh-rsa', one(0x70, 5), N), 'the exponent is too large'],
    ['a short modulus', () => key('ssh-rsa', E, one(0x70, 64)), 'an RSA key cannot have 511 bits'],
    [
      'a long modulus',
      () => key('ssh-rsa', E, one(0x70, 4096)),
      'an RSA key cannot have 32767 bits',
    ],
    [
      'a short Ed25519 key',
      () => key('ssh-ed25519', Buffer.alloc(31)),
      'an Ed25519 key has 32 bytes',
    ],
    [
      'the name of another curve',
      () => curve('ecdsa-sha2-nistp256', 'nistp384'),
      'its curve is not that of its type',
    ],
    [
      'the type of another curve',
      () => curve('ecdsa-sha2-nistp384', 'nistp384'),
      'its point is not in the uncompressed form',
    ],
    [
      'a compressed point',
      () =>
        key(
          'ecdsa-sha2-nistp256',
          'nistp256',
          Buffer.concat([Buffer.of(2), point().subarray(1, 33)]),
        ),
      'its point is not in the uncompressed form',
    ],
    [
      'the point at infinity',
      () => key('ecdsa-sha2-nistp256', 'nistp256', Buffer.of(0)),
      'its point is not in the uncompressed form',
    ],
    [
      'a point that is not on the curve',
      () => key('ecdsa-sha2-nistp256', 'nistp256', one(4, 65)),
      'its point is not on its curve',
    ],
    [
      'a coordinate beyond the field',
      () =>
        key(
          'ecdsa-sha2-nistp256',
          'nistp256',
          Buffer.concat([Buffer.of(4), Buffer.alloc(64, 0xff)]),
        ),
      'its point is not on its curve',
    ],
    ['DSA', () => key('ssh-dss', N, N, N, N), 'keys of type "ssh-dss" are not supported'],
    [
      'a type that is a word of JavaScript',
      () => key('constructor'),
      'keys of type "constructor" are not supported',
    ],
    [
      'a FIDO key for nothing',
      () => key('sk-ssh-ed25519@openssh.com', Buffer.alloc(32, 1), ''),
      'its application is empty',
    ],
  ]
  for (const [what, blob, why] of FORMS)
    it(`${why === undefined ? 'may be' : 'cannot be'} ${what}`, () =>
      expect(fault(blob())).to.equal(why))

  /** The point of a key on P-256. */
  function point(): Buffer {
    const reader = new WireReader(Buffer.from(p256.split(' ')[1] ?? '', 'base64'))
    reader.string()
    reader.string()
    return reader.string()
  }
  const curve = (type: string, name: string) => key(type, name, point())

  const LINES: readonly (readonly [string, () => string, string])[] = [
    ['without its padding', () => FIDO.replace(/=+$/, ''), 'it is not base64'],
    ['with other bits in its padding', () => FIDO.replace(/o=$/, 'p='), 'it is not base64'],
    ['with a letter that is none', () => ed25519.replace('AAAA', 'AA*A'), 'it is not base64'],
    [
      'for URLs',
      () => `ssh-ed25519 ${ed25519.split(' ')[1]?.replace(/.$/, '_')}`,
      'it is not base64',
    ],
    ['behind options', () => `restrict ${ed25519}`, 'it is not base64'],
    [
      'of a private key',
      () => '-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl',
      'it is a private key: send',
    ],
    ['of two lines', () => `${ed25519} a\n${p256}`, 'it is more than one line'],
    ['of nothing', () => ' ', 'it is not base64'],
    [
      'of another type',
      () => ed25519.replace(/^\S+/, 'ssh-rsa'),
      'it is of type ssh-ed25519, not "ssh-rsa"',
    ],
  ]
  for (const [what, text, why] of LINES)
    it(`is not read from a line ${what}`, () =>
      expect(() => parsePublicKey(text())).to.throw(Invalid, why))
})

/** A key on the wire, taken apart into its strings and put together again. */
function rewritten(blob: Buffer): Buffer {
  const [reader, writer] = [new WireReader(blob), new WireWriter()]
  while (reader.rest.length > 0) writer.string(reader.string())
  return writer.bytes()
}
