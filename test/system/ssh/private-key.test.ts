import { execFileSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import { writeOpenSshKey } from '../../../engine/openssh/openssh-key.ts'
import { parsePrivateKey } from '../../../engine/openssh/parse-private-key.ts'
import { readPem, writePem } from '../../../engine/openssh/pem.ts'
import type { PrivateKey } from '../../../engine/openssh/private-key.ts'
import { parsePublicKey, publicKeyLine } from '../../../engine/openssh/public-key.ts'
import { Invalid } from '../../../shared/invalid.ts'
import { Keygen } from '../../support/keygen.ts'
import { processorTime } from '../../support/processor-time.ts'
import { testEngine } from '../../support/test-engine.ts'

const parse = (pem: string, passphrase?: string): Promise<PrivateKey> =>
  parsePrivateKey({ pem, passphrase }, '')

const refusal = (pem: string, passphrase?: string): Promise<unknown> =>
  parse(pem, passphrase).then(
    () => 'read',
    error => {
      expect(error).to.be.an.instanceof(Invalid)
      return error.message
    },
  )

const DAMAGED = 'it is not a private key in PEM'

describe('A private key that is sent', () => {
  const keygen = new Keygen()
  after(() => keygen[Symbol.dispose]())

  for (const words of [
    ['-t', 'rsa', '-b', '2048'],
    ['-t', 'ecdsa', '-b', '256'],
    ['-t', 'ecdsa', '-b', '384'],
    ['-t', 'ecdsa', '-b', '521'],
    ['-t', 'ed25519'],
  ])
    for (const format of ['RFC4716', 'PEM', 'PKCS8'])
      it(`may be ${words.join(' ')} in the form ${format}, with and without a passphrase`, async () => {
        if (format !== 'RFC4716' && words[1] === 'ed25519') return
        const { file, line } = keygen.key(...words, '-m', format)
        const { blob } = parsePublicKey(line)
        expect((await parse(keygen.read(file))).publicKey.blob).to.deep.equal(blob)
        keygen.run('-p', '-P', '', '-N', 'secret', '-m', format, '-f', file)
        const pem = keygen.read(file)
        expect(await refusal(pem)).to.equal('the key has a passphrase')
        expect(await refusal(pem, 'wrong')).to.equal(DAMAGED)
        expect((await parse(pem, 'secret')).publicKey.blob).to.deep.equal(blob)
      })

  it('may have text before it, as openssl and people write', async () => {
    const { file, line } = keygen.key('-t', 'ed25519')
    const { blob } = parsePublicKey(line)
    for (const before of [
      '# ca\n',
      'Bag Attributes\n    friendlyName: ca\nKey Attributes: <No>\n',
      '\ufeff',
    ])
      expect((await parse(before + keygen.read(file))).publicKey.blob).to.deep.equal(blob)
  })

  it('may have an Ed25519 seed that begins with zeros', async () => {
    for (const zeros of [1, 2, 31]) {
      const seed = Buffer.concat([Buffer.alloc(zeros), Buffer.alloc(32 - zeros, 0x17)])
      const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
      const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
      const pem = writeOpenSshKey(key.export({ type: 'pkcs8', format: 'pem' }) as string)
      const read = await parse(pem)
      expect(read.key.equals(key)).to.equal(true)
      expect(publicKeyLine(read.publicKey)).to.equal(keygen.publicOf(pem))
    }
  })

  it('is refused when its public half is that of another', async () => {
    const [one, other] = [keygen.key('-t', 'ed25519'), keygen.key('-t', 'ed25519')]
    const { bytes, ...rest } = readPem(keygen.read(one.file))
    const [own, strange] = [one, other].map(({ line }) =>
      parsePublicKey(line).blob.subarray(-32).toString('latin1'),
    )
    const text = bytes.toString('latin1').replaceAll(own ?? '', () => strange ?? '')
    expect(await refusal(writePem({ ...rest, bytes: Buffer.from(text, 'latin1') }))).to.equal(
      DAMAGED,
    )
  })

  it('may have other blocks before it', async () => {
    const pem = openssl('ecparam', '-name', 'prime256v1', '-genkey')
    expect(pem).to.include('BEGIN EC PARAMETERS')
    expect((await parse(`# a key\r\n${pem.replaceAll('\n', '\r\n')}`)).publicKey.bits).to.equal(256)
  })

  it('may be encrypted with scrypt', async () => {
    const { file, line } = keygen.key('-t', 'ecdsa')
    const words = ['-topk8', '-in', file, '-passout', 'pass:secret', '-scrypt']
    keygen.run('-p', '-P', '', '-N', '', '-m', 'PEM', '-f', file)
    const pem = openssl('pkcs8', ...words)
    expect((await parse(pem, 'secret')).publicKey.blob).to.deep.equal(parsePublicKey(line).blob)
    const { bytes, ...rest } = readPem(pem)
    // cost 16384, blocks of 8
    bytes.writeUInt8(0x7f, bytes.indexOf(Buffer.from('02024000020108', 'hex')) + 6)
    expect(await refusal(writePem({ ...rest, bytes }), 'secret')).to.equal(
      'its passphrase takes 266338304 bytes of memory for scrypt; the limit is 67108864',
    )
  })

  it('is refused when its key derivation takes long', async () => {
    const { file } = keygen.key('-t', 'ed25519', '-a', '1')
    keygen.run('-p', '-P', '', '-N', 'secret', '-a', '16', '-f', file)
    const rounds = withRounds(keygen.read(file), 2 ** 31)
    expect(await refusal(rounds, 'secret')).to.equal(
      'its passphrase takes 2147483648 rounds of bcrypt; the limit is 256',
    )
  })

  it('is read off the event loop', async function () {
    this.timeout(60_000)
    const { file } = keygen.key('-t', 'ed25519')
    keygen.run('-p', '-P', '', '-N', 'secret', '-a', '48', '-f', file)
    let turns = 0
    const timer = setInterval(() => turns++, 10)
    await parse(keygen.read(file), 'secret')
    clearInterval(timer)
    // a loop that stands still has one or two
    expect(turns).to.be.above(5)
  })

  it('is refused when PBKDF2 takes long', async () => {
    const { file } = keygen.key('-t', 'ecdsa', '-m', 'PEM')
    const words = ['-topk8', '-in', file, '-passout', 'pass:secret', '-iter', '65536']
    const { bytes, ...rest } = readPem(openssl('pkcs8', ...words))
    const at = bytes.indexOf(Buffer.from('0203010000', 'hex'))
    expect(at).to.be.above(0)
    bytes.writeUIntBE(0x7fffff, at + 2, 3)
    expect(await refusal(writePem({ ...rest, bytes }), 'secret')).to.equal(DAMAGED)
    // a byte more is the number's, and one less the salt's, so that all lengths stay as they are
    const salt = bytes.lastIndexOf(Buffer.of(0x04, 0x08), at)
    const longer = Buffer.concat([
      bytes.subarray(0, salt),
      Buffer.of(0x04, 0x07),
      bytes.subarray(salt + 2, salt + 9),
      Buffer.from('02047fffffff', 'hex'),
      bytes.subarray(at + 5),
    ])
    expect(await refusal(writePem({ ...rest, bytes: longer }), 'secret')).to.equal(
      'its passphrase takes 2147483647 iterations of PBKDF2; the limit is 10000000',
    )
  })

  it('is refused when it is encrypted in a way of before', async () => {
    const { file } = keygen.key('-t', 'ecdsa', '-m', 'PEM')
    const words = ['-topk8', '-in', file, '-passout', 'pass:secret', '-v1', 'PBE-SHA1-3DES']
    expect(await refusal(openssl('pkcs8', ...words), 'secret')).to.equal(
      'it is not encrypted with PBES2',
    )
  })

  it('is refused when signatures with it would take long', async () => {
    // nothing of it is true; it is refused before that is looked at
    const bytes = (size: number) => Buffer.alloc(size, 0xff).toString('base64url')
    const parts = { p: 513, q: 513, dp: 513, dq: 513, qi: 513, d: 1026, n: 1026 }
    const numbers = Object.entries(parts).map(([name, size]) => [name, bytes(size)])
    const jwk = { kty: 'RSA', e: 'AQAB', ...Object.fromEntries(numbers) }
    const key = createPrivateKey({ key: jwk, format: 'jwk' })
    const pem = key.export({ type: 'pkcs1', format: 'pem' }) as string
    expect(await refusal(pem)).to.equal('to sign with more than 8192 bits takes too long')
  })

  it('is refused at once when it is long, whatever it says', async () => {
    const [first, last] = ['BEGIN', 'END'].map(each => `-----${each} RSA PRIVATE KEY-----`)
    const { file } = keygen.key('-t', 'ed25519')
    const took = await processorTime(async () => {
      for (const headers of [2500, 100_000])
        await refusal(`${first}\n${'A: b\n'.repeat(headers)}${last}`)
      await refusal(keygen.read(file), 'x'.repeat(1e7))
    })
    expect(took).to.be.below(5000)
  })

  it('is refused when it is damaged, and nothing else happens', async function () {
    this.timeout(300_000)
    const unhandled: unknown[] = []
    const note = (error: unknown) => unhandled.push(error)
    for (const event of ['unhandledRejection', 'uncaughtExceptionMonitor']) process.on(event, note)
    const forms = [
      ['-t', 'rsa', '-b', '2048', '-m', 'PEM'],
      ['-t', 'ecdsa', '-m', 'PEM'],
      ['-t', 'ecdsa', '-m', 'PKCS8'],
      ['-t', 'ed25519', '-a', '1'],
    ]
    try {
      for (const words of forms) {
        const { file } = keygen.key(...words)
        keygen.run(
          '-p',
          '-P',
          '',
          '-N',
          'secret',
          ...words.filter((_, at) => words.indexOf('-m') >= 0 && at >= words.indexOf('-m')),
          '-f',
          file,
        )
        for (let run = 0; run < 12; run++) {
          const passphrase = run % 3 === 0 ? 'wrong' : 'secret'
          expect(await refusal(damaged(keygen.read(file), run), passphrase)).to.be.a('string')
        }
      }
    } finally {
      for (const event of ['unhandledRejection', 'uncaughtExceptionMonitor'])
        process.off(event, note)
    }
    expect(unhandled).to.deep.equal([])
  })

  it('is refused by the engine, which goes on', async () => {
    const { get, post } = await testEngine()
    const { file } = keygen.key('-t', 'rsa', '-b', '2048', '-m', 'PEM')
    keygen.run('-p', '-P', '', '-N', 'secret', '-m', 'PEM', '-f', file)
    const key = keygen.read(file)
    for (const each of [key, damaged(key, 7)])
      expect(await post('ssh/keys/k', { key: each, passphrase: 'wrong' })).to.deep.equal({
        status: 400,
        body: { errors: ['Invalid key'] },
      })
    expect((await get('sys/mounts')).status).to.equal(200)
  })
})

const openssl = (...words: readonly string[]): string =>
  execFileSync('openssl', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })

/** A key of OpenSSH's form with another number of rounds. */
function withRounds(pem: string, rounds: number): string {
  const { bytes, ...rest } = readPem(pem)
  bytes.writeUInt32BE(rounds, bytes.indexOf('bcrypt') + 6 + 4 + 4 + 16)
  return writePem({ ...rest, bytes })
}

/** Flips bits where `seed` says. */
function damaged(pem: string, seed: number): string {
  const { bytes, ...rest } = readPem(pem)
  const at = Math.floor(((seed + 0.5) / 12) * bytes.length)
  bytes.writeUInt8((bytes[at] ?? 0) ^ (1 + seed * 17), at)
  return writePem({ ...rest, bytes })
}

describe('New keys', () => {
  it('leave threads to files and the audit log, however many are asked for', async function () {
    this.timeout(120_000)
    const { post } = await testEngine()
    await post('ssh/config/ca', { key_type: 'ed25519' })
    await post('ssh/roles/any', {
      key_type: 'ca',
      allow_user_certificates: true,
      allowed_users: '*',
      default_user: 'ubuntu',
    })
    let made = 0
    const keys = Array.from({ length: 8 }, () =>
      post('ssh/issue/any', { key_type: 'rsa', key_bits: 4096 }).then(({ status }) => {
        made++
        return status
      }),
    )
    await setTimeout(50)
    const before = made
    for (let at = 0; at < 10; at++) await stat(import.meta.filename)
    // where all four threads make keys, a file waits until four have been made and the others are begun
    expect(made - before).to.be.below(4)
    expect(await Promise.all(keys)).to.deep.equal(Array(8).fill(200))
  })
})
