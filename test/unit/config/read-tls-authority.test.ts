import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { readTlsAuthority } from '../../../engine/config/read-tls-authority.ts'
import { certificateAuthority } from '../../support/certificates.ts'

describe('readTlsAuthority', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-authority-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  const file = (content: string) => {
    writeFileSync(join(folder, 'ca.pem'), content)
    return join(folder, 'ca.pem')
  }
  const authority = (name: string) =>
    readFileSync(certificateAuthority(join(folder, name)).caFile, 'utf8')
  const refused = async (path: string, reason: string) => {
    const failure = await readTlsAuthority(path).catch(error => error)
    expect(failure.message).to.equal(reason)
  }

  it('returns every certificate of the file, in its order', async () => {
    const [old, fresh] = [authority('old'), authority('fresh')]
    expect(await readTlsAuthority(file(fresh + old))).to.equal(fresh + old)
  })

  it('leaves out everything but certificates', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const own = authority('own')
    const read = await readTlsAuthority(file(`a comment\n${key}${own}${key}`))
    expect(read).to.equal(own)
  })

  it('refuses a file without certificates, with a broken one, or that is too long', async () => {
    const path = file('nothing')
    await refused(path, `${path} cannot be used: it holds no certificate`)
    file(authority('whole').replace('MII', 'MIX'))
    await refused(path, `${path} cannot be used: certificate 1 cannot be read`)
    file(authority('long') + ' '.repeat(64 * 1024))
    await refused(path, `${path} cannot be used: it is longer than 64 KiB`)
    await refused(`${path}.missing`, `cannot read ${path}.missing: no such file or directory`)
  })
})
