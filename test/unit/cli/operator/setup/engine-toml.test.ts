import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { engineToml } from '../../../../../engine/cli/operator/setup/engine-toml.ts'
import type { SealKeyPlace } from '../../../../../engine/cli/operator/setup/setup-plan.ts'
import { readConfig } from '../../../../../engine/config/config.ts'

describe('engineToml', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-toml-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  const tls = { certificate: '/tls/engine.crt', key: '/tls/engine.key', authority: '/tls/ca.pem' }

  function read(sealKeyPlace: SealKeyPlace) {
    const file = join(folder, 'engine.toml')
    const own = { apiAddress: 'https://[fd00::1]:8300', listen: '[::]:8300', sealKeyPlace, tls }
    writeFileSync(file, engineToml(own))
    return readConfig(file)
  }

  it('is a configuration with the settings of the machine, and an audit device', () => {
    const config = read('credential')
    expect(config).to.deep.include({
      apiAddress: 'https://[fd00::1]:8300',
      address: '[::]:8300',
      tls: { certificateFile: tls.certificate, keyFile: tls.key, minVersion: 'tls12' },
      tlsCaFile: tls.authority,
      storage: { type: 'sqlite', path: '/var/lib/postern' },
    })
    expect(config.audit.map(({ options }) => options.file_path)).to.deep.equal([
      '/var/log/postern/audit.log',
    ])
  })

  it('names the place of the seal key', () => {
    const credential = { type: 'file', credential: 'seal-key' }
    expect(read('encrypted credential').seal).to.deep.equal(credential)
    expect(read('credential').seal).to.deep.equal(credential)
    expect(read('file').seal).to.deep.equal({ type: 'file', path: '/etc/postern/seal.key' })
  })
})
