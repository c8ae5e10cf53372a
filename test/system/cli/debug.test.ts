import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type CommandLine, commandLine } from './command-line.ts'
import { runExamples, tokenOf } from './examples.ts'

const CONFIG = `# the password is hunter-4
[storage]
type = "postgresql"
connection_url = "postgresql://postern:hunter-5@db.example.com/postern"
max_parallel = 16

[listener.tls]
address = "0.0.0.0:8200" # hunter-6
api_addr = "https://ann:hunter-7@engine.example.com"
tls_cert_file = "/etc/postern/engine.crt"
new_setting = "hunter-8"
lines = """
hunter-9 = true
"""
`

describe('postern debug', () => {
  let line: CommandLine
  let token = ''
  const secrets = ['hunter']
  before(async () => {
    line = await commandLine()
    token = await tokenOf(line, 'support')
    await fill()
  })
  after(() => line[Symbol.asyncDispose]())

  /** Has the engine give out and keep a secret of each kind. */
  async function fill(): Promise<void> {
    await line.run(['secrets', 'enable', '-description=hunter-1', 'ssh'])
    await line.run(['auth', 'enable', '-description=hunter-2', 'approle'])
    await line.must('auth enable userpass')
    await line.must('write auth/userpass/users/ann password=hunter-3')
    await line.must('write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8')
    await line.must('write auth/approle/role/build token_ttl=1h')
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const file = join(line.folder, 'admin.pem')
    writeFileSync(file, pem)
    await line.must(`write ssh/keys/admin key=@${file}`)
    secrets.push(
      token,
      ...pem.split('\n').filter(text => /^[\w+/]{40,}$/.test(text)),
      await line.must('write -field=key ssh/creds/web ip=10.1.2.3'),
      await line.must('write -field=lease_id ssh/creds/web ip=10.1.2.3'),
      await line.must('write -force -field=secret_id auth/approle/role/build/secret-id'),
      await line.must('token create -field=token'),
      await line.must('token create -field=token_accessor'),
      await line.must('token create -wrap-ttl=5m -field=wrapping_token'),
    )
  }

  /** Runs it, and gives the files of the bundle by their names. */
  async function bundle(name: string, by: string, ...words: readonly string[]) {
    const file = join(line.folder, name)
    const environment = { POSTERN_TOKEN: by, VAULT_CLIENT_TIMEOUT: '60s' }
    const ended = await line.run(['debug', `-output=${file}`, ...words], { environment })
    expect(ended.code, ended.err).to.equal(0)
    expect(statSync(file).mode & 0o777).to.equal(0o600)
    const folder = join(line.folder, `${name}.d`)
    mkdirSync(folder)
    execFileSync('tar', ['-xzf', file, '-C', folder])
    const [inner = ''] = readdirSync(folder)
    const files = readdirSync(join(folder, inner)).map(
      each => [each, readFileSync(join(folder, inner, each), 'utf8')] as const,
    )
    return { ended, files: new Map(files) }
  }

  it('writes what helps, and none of the secrets that the engine has', async () => {
    const config = join(line.folder, 'engine.toml')
    writeFileSync(config, CONFIG)
    const { ended, files } = await bundle('whole.tar.gz', token, `-config=${config}`)
    expect(ended.err).to.equal('')
    expect([...files.keys()].sort()).to.deep.equal([
      ...['audit.json', 'auth.json', 'config.json', 'engine-config.json', 'failed-leases.json'],
      ...['health.json', 'index.json', 'machine.json', 'metrics.txt', 'mounts.json'],
      ...['policies.json', 'roles.json', 'seal-status.json'],
    ])
    const all = [...files.values()].join('\n')
    expect(secrets.length).to.be.greaterThan(20)
    for (const secret of secrets) expect(all.includes(secret), secret.slice(0, 12)).to.equal(false)
    expect(JSON.parse(files.get('roles.json') ?? '')).to.deep.equal({ 'ssh/': ['web'] })
    expect(JSON.parse(files.get('machine.json') ?? '')).to.deep.include({
      postern: '1.2.3',
      environment: ['POSTERN_ADDR', 'POSTERN_TOKEN', 'VAULT_CLIENT_TIMEOUT'],
    })
    expect(JSON.parse(files.get('mounts.json') ?? '')['ssh/']).to.include({ type: 'ssh' })
    expect(JSON.parse(files.get('seal-status.json') ?? '')).to.include({ sealed: false })
    expect(files.get('metrics.txt')).to.match(/^# TYPE /m)
    expect(JSON.parse(files.get('engine-config.json') ?? '')).to.deep.equal({
      storage: { type: 'postgresql', connection_url: '(left out)', max_parallel: 16 },
      listener: {
        tls: {
          address: '0.0.0.0:8200',
          api_addr: '(left out)',
          tls_cert_file: '/etc/postern/engine.crt',
          new_setting: '(left out)',
          lines: '(left out)',
        },
      },
    })
  })

  it('names what it may not read, and goes on', async () => {
    const nobody = await line.must('token create -policy=default -field=token')
    const { ended, files } = await bundle('little.tar.gz', nobody)
    expect(ended.err).to.match(/^Without mounts\.json: sys\/mounts: permission denied$/m)
    expect(ended.err).to.match(/^A token with the policy "support" /m)
    expect([...files.keys()]).to.include.members(['index.json', 'machine.json', 'health.json'])
    const { missing } = JSON.parse(files.get('index.json') ?? '')
    expect(missing['metrics.txt']).to.include('permission denied')
  })

  it('replaces no file', async () => {
    const file = join(line.folder, 'there')
    writeFileSync(file, 'kept')
    const { code, err } = await line.run(['debug', `-output=${file}`])
    expect([code, err]).to.deep.equal([1, `Error writing ${file}: file already exists\n`])
    expect(readFileSync(file, 'utf8')).to.equal('kept')
  })

  it('has examples that whoever gives support can run', async () => {
    const replace = {
      'engine.toml': join(line.folder, 'engine.toml'),
      'support.tar.gz': join(line.folder, 'support.tar.gz'),
    }
    const before = process.cwd()
    process.chdir(line.folder)
    try {
      for (const ended of await runExamples(line, 'debug', { token, replace }))
        expect(ended.code, ended.err).to.equal(0)
    } finally {
      process.chdir(before)
    }
    expect(
      readdirSync(line.folder).some(name => /^postern-debug-\d{8}T\d{6}Z\.tar\.gz$/.test(name)),
    ).to.equal(true)
  })
})
