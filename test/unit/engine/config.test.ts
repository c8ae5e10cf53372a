import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { readConfig, readIdentity } from '../../../engine/config.ts'
import { certificateAuthority } from '../../support/certificates.ts'

describe('readConfig', () => {
  let folder: string
  let file: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postern-config-'))
    file = join(folder, 'engine.toml')
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function read(text: string) {
    await writeFile(file, text)
    return readConfig(file)
  }

  it('reads a whole file', async () => {
    const config = await read(`
      api_addr = "https://engine.example.com:8200"
      default_lease_ttl = "10m"
      max_lease_ttl = "1h"
      log_level = "debug"
      [listener]
      address = "[::1]:8200"
      tls_cert_file = "/etc/postern/engine.crt"
      tls_key_file = "/etc/postern/engine.key"
      tls_min_version = "tls13"
      [seal]
      type = "file"
      credential = "seal-key"
      [storage]
      type = "sqlite"
      path = "/var/lib/postern"`)
    expect(config).to.deep.equal({
      address: '[::1]:8200',
      apiAddress: 'https://engine.example.com:8200',
      tls: {
        certificateFile: '/etc/postern/engine.crt',
        keyFile: '/etc/postern/engine.key',
        minVersion: 'tls13',
      },
      lifetimes: { defaultTtl: 600, maxTtl: 3600 },
      logLevel: 'debug',
      seal: { type: 'file', credential: 'seal-key' },
      storage: { type: 'sqlite', path: '/var/lib/postern' },
    })
  })

  for (const [text, problem] of [
    [
      '',
      'give "tls_cert_file" and "tls_key_file" in [listener]; only for trying things, "tls_disable = true"',
    ],
    [
      '[listener]\ntls_disabel = true',
      'line 2: unknown key "listener.tls_disabel", did you mean "tls_disable"?',
    ],
    [
      'default_lease_ttl = "soon"',
      'line 1: "default_lease_ttl": "soon" is not a duration: write seconds, or a number with a unit as in "90s", "30m", "1h30m" or "2d"',
    ],
    [
      'default_lease_ttl = "2h"\nmax_lease_ttl = "1h"',
      '"default_lease_ttl" is longer than "max_lease_ttl"',
    ],
    [
      'api_addr = "engine"',
      '"api_addr": "engine" is not a URL such as https://engine.example.com:8200',
    ],
    [
      '[storage]\ntype = "raft"',
      'line 2: "storage.type": "raft" is not one of inmem, memory, sqlite',
    ],
    [
      '[listener]\ntls_disable = true\n[storage]\ntype = "sqlite"\npath = "data"',
      '[storage]: type "sqlite" needs "path", an absolute path of the folder for the database',
    ],
    [
      'log_level = "loud"',
      'line 1: "log_level": "loud" is not one of trace, debug, info, warn, error',
    ],
  ] as const)
    it(`refuses ${JSON.stringify(text)}`, async () => {
      const failure = await read(text).catch(error => error)
      expect(failure.message).to.equal(`${file}: ${problem}`)
    })

  it('refuses a key that does not belong to the certificate', async () => {
    const authority = await certificateAuthority(folder)
    const [one, other] = [
      await authority.issue({ names: ['a'] }),
      await authority.issue({ names: ['b'] }),
    ]
    const config = await read(
      `[listener]\ntls_cert_file = "${one.certFile}"\ntls_key_file = "${other.keyFile}"`,
    )
    const failure = await readIdentity(config).catch(error => error)
    expect(failure.message).to.match(/cannot be used: .*key values mismatch/)
  })
})
