import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { certificateAuthority } from '../../support/certificates.ts'

const MAIN = join(import.meta.dirname, '../../../engine/main.ts')

/** A user who is on every Debian system, and owns nothing here. */
const USER = 'daemon'
const uid = Number(execFileSync('id', ['-u', USER]))

describe('server -check of files', function () {
  this.timeout(60_000)
  let folder: string
  let tls: string
  let keyFile: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-check-'))
    chmodSync(folder, 0o755)
    const made = certificateAuthority(folder).issue({ names: ['engine.example.com'] })
    keyFile = made.keyFile
    chmodSync(keyFile, 0o600)
    tls = `tls_cert_file = "${made.certFile}"\ntls_key_file = "${keyFile}"`
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function check(config: string, ...words: readonly string[]) {
    const file = join(folder, 'engine.toml')
    writeFileSync(file, config)
    const { status, stderr, stdout } = spawnSync(
      process.execPath,
      [MAIN, 'server', '-check', `-config=${file}`, ...words],
      { encoding: 'utf8', env: { PATH: process.env.PATH } },
    )
    return { status, said: stderr + stdout.replaceAll(file, 'FILE') }
  }

  const VALID = 'FILE: the configuration is valid\n'

  it('is content with what is right', () => {
    expect(check(`[listener]\n${tls}`, '-strict')).to.deep.equal({ status: 0, said: VALID })
  })

  it('warns of a certificate for another name and of a key that others can read', () => {
    chmodSync(keyFile, 0o644)
    const config = `api_addr = "https://other.example.com"\n[listener]\n${tls}`
    const { status, said } = check(config)
    expect(status).to.equal(0)
    expect(said).to.match(
      /^WARNING! the certificate in \S+ is not valid for other\.example\.com, .*\nWARNING! \S+ is open to other users: .*\nFILE: the configuration is valid\n$/,
    )
    expect(check(config, '-strict').status).to.equal(2)
  })

  it('finds a file in the place of the folder of the storage, and one that others can change', () => {
    const path = join(folder, 'data')
    const config = `[listener]\n${tls}\n[storage]\ntype = "sqlite"\npath = "${path}"`
    expect(check(config).status).to.equal(0)
    writeFileSync(path, '')
    expect(check(config)).to.deep.equal({
      status: 1,
      said: `${path}, of [storage], is not a folder\n`,
    })
    rmSync(path)
    mkdirSync(path)
    chmodSync(path, 0o777)
    expect(check(config).said).to.include(`${path} can be changed by other users`)
  })

  it('finds a folder of the storage that the engine cannot write to, and warns of one that it cannot make', () => {
    chownSync(keyFile, uid, 0)
    const path = join(folder, 'data')
    const config = (place: string) =>
      `[listener]\n${tls}\n[storage]\ntype = "sqlite"\npath = "${place}"`
    mkdirSync(path)
    expect(check(config(path), `-user=${USER}`)).to.deep.equal({
      status: 1,
      said: `as the user ${USER}: ${path}, of [storage], cannot be written to\n`,
    })
    expect(check(config(`${path}/a/b`), `-user=${USER}`)).to.deep.equal({
      status: 0,
      said: `WARNING! ${path}/a/b, of [storage], does not exist, and cannot be created: ${path} is not writable\nas the user ${USER}: ${VALID}`,
    })
    chownSync(path, uid, 0)
    expect(check(config(`${path}/a/b`), `-user=${USER}`, '-strict').status).to.equal(0)
  })

  it('warns of an engine without TLS that others on the network reach', () => {
    const plain = (address: string) => `[listener]\naddress = "${address}"\ntls_disable = true`
    for (const address of ['127.0.0.1:8200', '[::1]:8200', 'localhost:8200'])
      expect(check(plain(address), '-strict').status).to.equal(0)
    for (const address of ['0.0.0.0:8200', ':8200', '10.1.2.3:8200']) {
      const { status, said } = check(plain(address), '-strict')
      expect(status).to.equal(2)
      expect(said).to.match(/^WARNING! "tls_disable = true" in \[listener\]: .*in the clear/)
    }
  })

  it('looks as the user of the engine where root asks', () => {
    const key = join(folder, 'seal.key')
    writeFileSync(key, `${'00'.repeat(32)}\n`, { mode: 0o600 })
    chownSync(key, uid, 0)
    chownSync(keyFile, uid, 0)
    const config = `[listener]\n${tls}\n[seal]\ntype = "file"\npath = "${key}"`
    expect(check(config, `-user=${USER}`)).to.deep.equal({
      status: 0,
      said: `as the user ${USER}: ${VALID}`,
    })
    chownSync(keyFile, 0, 0)
    expect(check(config, `-user=${USER}`)).to.deep.equal({
      status: 1,
      said: `as the user ${USER}: cannot read ${keyFile}: permission denied\n`,
    })
    expect(check(config, '-user=nobody-of-this-name')).to.deep.equal({
      status: 1,
      said: 'there is no user "nobody-of-this-name"\n',
    })
    expect(check(config, '-user=-u').said).to.equal('there is no user "-u"\n')
  })
})
