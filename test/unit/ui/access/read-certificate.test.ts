import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { readCertificate } from '../../../../engine/ui/access/read-certificate.ts'
import { Keygen } from '../../../support/keygen.ts'

describe('A certificate in the page', () => {
  let keygen: Keygen
  let authority: string
  before(() => {
    keygen = new Keygen()
    authority = keygen.key('-t', 'ed25519').file
  })
  after(() => keygen[Symbol.dispose]())

  /** The line of a certificate for a new key. */
  function certified(key: readonly string[], ...options: readonly string[]): string {
    const { file } = keygen.key(...key)
    keygen.run(
      '-q',
      '-s',
      authority,
      '-I',
      'alice',
      '-n',
      'ubuntu,admin',
      ...options,
      `${file}.pub`,
    )
    return readFileSync(`${file}-cert.pub`, 'utf8')
  }

  for (const key of [
    ['-t', 'ed25519'],
    ['-t', 'rsa', '-b', '2048'],
    ['-t', 'ecdsa'],
  ])
    it(`is read as ssh-keygen made it, for a key of type ${key[1]}`, () => {
      const line = certified(
        key,
        ...['-z', '18446744073709551615', '-V', '20300101000000Z:20300102000000Z'],
        ...['-O', 'clear', '-O', 'permit-pty', '-O', 'source-address=10.0.0.0/8'],
        ...['-O', 'force-command=id'],
      )
      expect(readCertificate(line)).to.deep.equal({
        serial: '18446744073709551615',
        keyId: 'alice',
        principals: ['ubuntu', 'admin'],
        validBefore: new Date('2030-01-02T00:00:00Z'),
        criticalOptions: { 'force-command': 'id', 'source-address': '10.0.0.0/8' },
        extensions: ['permit-pty'],
      })
    })

  it('that does not expire has no end', () => {
    expect(readCertificate(certified(['-t', 'ed25519']))).to.include({ validBefore: undefined })
  })

  it('is not read if its bytes end too early', () => {
    const [type, blob = ''] = certified(['-t', 'ed25519']).split(' ')
    const cut = Buffer.from(blob, 'base64').subarray(0, 90).toString('base64')
    expect(readCertificate(`${type} ${cut}`)).to.equal(undefined)
  })

  for (const line of ['', 'ssh-ed25519 AAAA', 'ssh-ed25519-cert-v01@openssh.com %%%'])
    it(`is not read from ${JSON.stringify(line)}`, () => {
      expect(readCertificate(line)).to.equal(undefined)
    })
})
