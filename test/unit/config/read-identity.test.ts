import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { readIdentity } from '../../../engine/config/read-identity.ts'
import { certificateAuthority } from '../../support/certificates.ts'

describe('readIdentity', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-identity-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const read = (certificateFile: string, keyFile: string) =>
    readIdentity({ tls: { certificateFile, keyFile, minVersion: 'tls12' } })

  it('reads certificate and key', async () => {
    const { certFile, keyFile } = certificateAuthority(folder).issue({ names: ['a'] })
    expect(await read(certFile, keyFile)).to.deep.equal({
      certificate: readFileSync(certFile, 'utf8'),
      key: readFileSync(keyFile, 'utf8'),
      minVersion: 'tls12',
    })
  })

  it('refuses a key that does not belong to the certificate, also one of another kind', async () => {
    const authority = certificateAuthority(folder)
    const { certFile } = authority.issue({ names: ['a'] })
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const rsa = file('rsa.key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
    for (const keyFile of [authority.issue({ names: ['b'] }).keyFile, rsa]) {
      const failure = await read(certFile, keyFile).catch(error => error)
      expect(failure.message).to.equal(
        `${keyFile} is not the key of the certificate in ${certFile}, whose first must be the server's own`,
      )
    }
  })

  it('says which of the files it cannot use', async () => {
    const { certFile, keyFile } = certificateAuthority(folder).issue({ names: ['a'] })
    const garbage = file('garbage.pem', 'garbage')
    for (const [certificate, key, wrong] of [
      [garbage, keyFile, `${garbage} cannot be used: it does not begin with a certificate in PEM`],
      [certFile, garbage, `${garbage} cannot be used: it holds no private key in PEM, or`],
      [keyFile, certFile, `${keyFile} cannot be used: it does not begin with`],
      [certFile, certFile, `${certFile} cannot be used: it holds no private key`],
      [
        certFile,
        join(folder, 'none'),
        `cannot read ${join(folder, 'none')}: no such file or directory`,
      ],
    ] as const) {
      const failure = await read(certificate, key).catch(error => error)
      expect(failure.message.slice(0, wrong.length)).to.equal(wrong)
    }
  })
})
