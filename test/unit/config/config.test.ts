import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { devConfig, readConfig } from '../../../engine/config/config.ts'

/** As much as a configuration needs. */
const PLAIN = '[listener]\ntls_disable = true\n'

const POSTGRESQL =
  '[storage]\ntype = "postgresql"\nconnection_url = "postgresql://postern@db.example.com/postern"\n'

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

  it('reads which load balancers say where a client is', async () => {
    const { listener } = await read(`${PLAIN}
      max_connections = 1000
      max_connections_per_source = 2000
      x_forwarded_for_authorized_addrs = "10.0.0.0/8, 2001:db8::1"
      x_forwarded_for_hop_skips = 1
      x_forwarded_for_reject_not_present = false
      proxy_protocol_behavior = "allow_authorized"
      proxy_protocol_authorized_addrs = ["192.0.2.1"]`)
    const { limits, forwarded, proxy } = listener
    expect(limits).to.deep.equal({ connections: 1000, perSource: 1000 })
    expect(forwarded).to.include({
      hopSkips: 1,
      rejectNotPresent: false,
      rejectNotAuthorized: true,
    })
    const which = ['10.9.9.9', '::ffff:10.0.0.1', '2001:db8::1', '192.0.2.1', 'x']
    expect(which.map(each => forwarded?.isAuthorized(each))).to.deep.equal([
      ...[true, true, true],
      ...[false, false],
    ])
    expect(proxy?.denyUnauthorized).to.equal(false)
    expect(which.map(each => proxy?.isAuthorized(each)).lastIndexOf(true)).to.equal(3)
  })

  it('reads a whole file', async () => {
    const config = await read(`
      api_addr = "https://engine.example.com:8200"
      default_lease_ttl = "10m"
      max_lease_ttl = "1h"
      log_level = "debug"
      ui = true
      [listener]
      address = "[::1]:8200"
      tls_cert_file = "/etc/postern/engine.crt"
      tls_key_file = "/etc/postern/engine.key"
      tls_ca_file = "/etc/postern/ca.pem"
      tls_min_version = "tls13"
      [seal]
      type = "file"
      credential = "seal-key"
      [storage]
      type = "sqlite"
      path = "/var/lib/postern"
      [[audit]]
      file_path = "/var/log/postern/audit.log"
      sync = true
      [[audit]]
      type = "syslog"
      path = "central"
      address = "10.0.0.5:514"`)
    const { listener, ...rest } = config
    expect(listener).to.deep.equal({
      limits: { connections: 4096, perSource: 512 },
      forwarded: undefined,
      proxy: undefined,
    })
    expect(rest).to.deep.equal({
      address: '[::1]:8200',
      apiAddress: 'https://engine.example.com:8200',
      tls: {
        certificateFile: '/etc/postern/engine.crt',
        keyFile: '/etc/postern/engine.key',
        minVersion: 'tls13',
      },
      tlsCaFile: '/etc/postern/ca.pem',
      ui: true,
      lifetimes: { defaultTtl: 600, maxTtl: 3600, isSet: true },
      logLevel: 'debug',
      seal: { type: 'file', credential: 'seal-key' },
      storage: { type: 'sqlite', path: '/var/lib/postern' },
      audit: [
        {
          path: 'file/',
          type: 'file',
          description: '',
          options: { file_path: '/var/log/postern/audit.log', sync: '1' },
          local: true,
        },
        {
          path: 'central/',
          type: 'syslog',
          description: '',
          options: { address: '10.0.0.5:514' },
          local: true,
        },
      ],
      clusterId: undefined,
      workers: 1,
    })
  })

  it('serves the page in development mode, unless the file says no', async () => {
    const dev = (config?: string) => devConfig({ listenAddress: undefined, config }).ui
    expect((await read(PLAIN)).ui).to.equal(undefined)
    expect([dev(), dev(file)]).to.deep.equal(['if built', 'if built'])
    await read(`ui = false\n${PLAIN}`)
    expect(dev(file)).to.equal(false)
  })

  for (const [text, problem] of [
    [`${PLAIN}[[audit]]`, '[[audit]] "file/": file_path is required'],
    [
      `${PLAIN}[[audit]]\nfile_path = "/a"\n[[audit]]\nfile_path = "/b"`,
      '[[audit]] two devices have the path "file/"; give one of them another "path"',
    ],
    [
      `${PLAIN}[[audit]]\nfile_pth = "/a"`,
      'line 4: unknown key "audit.file_pth", did you mean "file_path"?',
    ],
    [
      `${PLAIN}[audit]\nfile_path = "/a"`,
      'line 3: "audit": expected tables, each under a line [[audit]]',
    ],
    [
      '',
      'set "tls_cert_file" and "tls_key_file" in [listener], or "tls_disable = true" for tests only',
    ],
    [`${PLAIN}max_connections = 0`, '[listener]: "max_connections" must be from 1 to 65536'],
    [
      `${PLAIN}x_forwarded_for_authorized_addrs = ["10.0.0.1", "balancer"]`,
      '[listener]: "x_forwarded_for_authorized_addrs": "balancer" is neither an IP address nor a block of them',
    ],
    [
      `${PLAIN}x_forwarded_for_authorized_addrs = "0.0.0.0/0"`,
      '[listener]: "x_forwarded_for_authorized_addrs": 0.0.0.0/0 covers every address, so any client could claim any address',
    ],
    [
      `${PLAIN}x_forwarded_for_hop_skips = 1`,
      '[listener]: "x_forwarded_for_hop_skips" needs "x_forwarded_for_authorized_addrs"',
    ],
    [
      `${PLAIN}proxy_protocol_behavior = "use_always"`,
      '[listener]: "proxy_protocol_behavior" cannot be "use_always": any client could then claim any address. List the load balancers in "proxy_protocol_authorized_addrs" and set "deny_unauthorized", or "allow_authorized" if other clients connect, too',
    ],
    [
      `${PLAIN}proxy_protocol_behavior = "deny_unauthorized"`,
      '[listener]: "proxy_protocol_behavior" and "proxy_protocol_authorized_addrs" require each other: set both or neither',
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
      'api_addr = "https://ann:s3cret@engine"',
      'line 1: "api_addr": an address must not contain a user or a password: remove what is before "@"',
    ],
    [
      'api_addr = "engine"',
      'line 1: "api_addr": "engine" is not a URL such as https://engine.example.com:8200',
    ],
    [
      '[storage]\ntype = "raft"',
      'line 2: "storage.type": "raft" is not one of inmem, memory, sqlite, postgresql',
    ],
    [
      `${PLAIN}[storage]\ntype = "postgresql"\nconnection_url = "db.example.com"`,
      '[storage]: type "postgresql" needs "connection_url", such as postgresql://postern@db.example.com/postern?sslmode=verify-full',
    ],
    [
      '[listener]\ntls_disable = true\n[storage]\ntype = "sqlite"\npath = "data"',
      '[storage]: type "sqlite" needs "path", an absolute path of the folder for the database',
    ],
    [`workers = 0\n${PLAIN}`, '"workers" must be from 1 to 256'],
    [
      `workers = 2\n${PLAIN}[storage]\ntype = "sqlite"\npath = "/var/lib/postern"`,
      '"workers" requires [storage] type = "postgresql": with other types, the engine is a single process',
    ],
    [
      `workers = 2\n${PLAIN}${POSTGRESQL}`,
      '"workers" requires [seal] type = "file": an unseal share would reach only one of the worker processes',
    ],
    [
      `workers = 2\n${PLAIN}${POSTGRESQL}[seal]\ntype = "file"\npath = "/etc/postern/seal.key"\n[[audit]]\nfile_path = "stdout"`,
      '"workers" cannot be combined with file_path = "stdout" in [[audit]] "file/": the lines of several processes would be mixed',
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

  for (const address of [
    ...['0.0.0.0', 'http://0.0.0.0:8200', '::1:8200', '/tmp/x.sock', '8200', ':', 'a b:1'],
    ...['[::1]', '[127.0.0.1]:1', '[zz]:1', '999.1.1.1:1', '127.0.0.1:65536', 'host/:1'],
  ])
    it(`refuses to listen on ${JSON.stringify(address)}`, async () => {
      const failure = await read(`${PLAIN}address = "${address}"`).catch(error => error)
      expect(failure.message).to.equal(
        `${file}: line 3: "listener.address": "${address}" is not an address to listen on: write host:port, as in "127.0.0.1:8200" or "[::1]:8200"`,
      )
    })

  for (const address of [':8200', '[::]:0', 'engine.example.com:8200', '0.0.0.0:8200'])
    it(`listens on ${address}`, async () => {
      expect((await read(`${PLAIN}address = "${address}"`)).address).to.equal(address)
    })

  it('accepts several hosts of a database, as libpq does', async () => {
    const url = 'postgresql://ann:s3cret@a.example:5432,b.example:5433/postern?sslmode=verify-full'
    const { storage } = await read(
      `${PLAIN}[storage]\ntype = "postgresql"\nconnection_url = "${url}"`,
    )
    expect(storage).to.deep.include({ type: 'postgresql', connections: 16 })
  })

  for (const [url, problem] of [
    ['postgresql://ann:s3cret@a.example,/postern', /names a host that cannot be read/],
    ['postgresql://ann:s3cret@a.example,b.example/postern?port=1,2,3', /has 3 ports for 2 hosts/],
    ['postgresql://ann:s3cret@a.example/postern?target_session_attrs=any', /set target_session_a/],
    ['postgresql://ann:s3cret@localhost,b.example/postern?sslmode=allow', /has sslmode=allow/],
  ] as const)
    it(`refuses the hosts of ${url.replace('s3cret', '…')}`, async () => {
      const text = `${PLAIN}[storage]\ntype = "postgresql"\nconnection_url = "${url}"`
      const failure = await read(text).catch(error => error)
      expect(failure.message).to.match(problem)
      expect(failure.message).not.to.include('s3cret')
    })

  for (const [written, mode] of [
    ['"0640"', '0640'],
    ['"640"', '640'],
    ['0o640', '0640'],
    ['0o644', '0644'],
    ['0o600', '0600'],
    ['640', '0640'],
    ['600', '0600'],
    ['0x1a0', '0640'],
  ])
    it(`takes the mode ${written} of an audit file`, async () => {
      const { audit } = await read(`${PLAIN}[[audit]]\nfile_path = "/a"\nmode = ${written}`)
      expect(audit.map(({ options }) => options.mode)).to.deep.equal([mode])
    })

  for (const written of ['400', '0o400', '0o620', '420.5', '0'])
    it(`does not guess what mode ${written} is`, async () => {
      const text = `${PLAIN}[[audit]]\nfile_path = "/a"\nmode = ${written}`
      const failure = await read(text).catch(error => error)
      expect(failure.message).to.equal(
        `${file}: line 5: "audit.mode": write the mode as a string, as in "0640"`,
      )
    })

  it('follows links to the file that other users cannot change', async () => {
    await mkdir(join(folder, 'static'))
    await writeFile(join(folder, 'static', 'engine.toml'), PLAIN)
    await symlink('static/engine.toml', file)
    expect(readConfig(file).tls).to.equal(undefined)
    await chmod(join(folder, 'static'), 0o777)
    expect(() => readConfig(file)).to.throw('static can be changed by other users')
  })
})
