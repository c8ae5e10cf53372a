import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { chained, NOTHING } from '../../../engine/audit/chain.ts'
import { sealable } from '../../support/sealable.ts'
import { type CommandLine, commandLine } from './command-line.ts'

const MAIN = join(import.meta.dirname, '../../../engine/main.ts')
const FULL = 'stdout: no space left on device\n'

describe('postern where its output is lost', () => {
  let line: CommandLine
  beforeEach(async () => {
    line = await commandLine()
    await line.must('secrets enable ssh')
    await line.must('write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8')
  })
  afterEach(() => line[Symbol.asyncDispose]())

  async function run(
    words: string,
    stdout: number | 'pipe' = openSync('/dev/full', 'w'),
    environment = {},
  ) {
    const child = spawn(process.execPath, [MAIN, ...words.split(' ')], {
      env: { ...line.environment, ...environment },
      stdio: ['ignore', stdout, 'pipe'],
      // without a terminal that the result could be shown at
      detached: true,
    })
    child.stdout?.destroy()
    if (!child.stderr) throw new Error('it has a pipe')
    const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
    return { code, err }
  }

  for (const words of [
    'read ssh/roles/web',
    'read -field=port ssh/roles/web',
    'read -format=raw ssh/roles/web',
    'list ssh/roles',
    'policy read default',
    'secrets list -format=json',
    'write -field=key ssh/creds/web ip=10.1.2.3',
    'write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8',
    'status',
    'token lookup -format=yaml',
    'path-help ssh',
    'read -help',
    'help',
    'version',
  ])
    it(`ends ${words} with a word and 1 on a full disk`, async () => {
      expect(await run(words)).to.deep.equal({ code: 1, err: FULL })
    })

  it('ends in silence when the reader has seen enough', async () => {
    expect(await run('read ssh/roles/web', 'pipe')).to.deep.equal({ code: 0, err: '' })
    expect((await run('read ssh/roles/none', 'pipe')).code).to.equal(2)
  })

  it('is not ended by a full disk that it has nothing to write to', async () => {
    const { code, err } = await run('read ssh/roles/none')
    expect([code, err]).to.deep.equal([2, 'No value found at ssh/roles/none\n'])
  })

  it('says of a copy of the storage that it could not say so', async () => {
    const [config, file] = [join(line.folder, 'engine.toml'), join(line.folder, 'copy.db')]
    const storage = `[storage]\ntype = "sqlite"\npath = "${line.folder}"\n`
    writeFileSync(config, `${storage}[listener]\naddress = "127.0.0.1:0"\ntls_disable = true\n`, {
      mode: 0o600,
    })
    expect(await run(`server -check -config=${config}`)).to.deep.equal({ code: 1, err: FULL })
    const server = spawn(process.execPath, [MAIN, 'server', `-config=${config}`])
    try {
      await once(server.stdout, 'data')
      expect(await run(`operator backup -config=${config} ${file}`)).to.deep.equal({
        code: 1,
        err: FULL,
      })
    } finally {
      server.kill()
      await once(server, 'exit')
    }
  })

  it('ignores a full disk for messages to the user', async () => {
    const { out, err } = await onFullDisk(
      'postern read ssh/roles/web 2>/dev/full; echo $?; postern read ssh/roles/none 2>/dev/full; echo $?',
    )
    expect(out).to.match(/^Key .*\n0\n2\n$/s)
    expect(err).to.equal('')
  })

  it('works in a folder that is gone', async () => {
    const { out, err } = await onFullDisk(
      'mkdir gone; cd gone; rmdir ../gone; postern read -field=port ssh/roles/web; echo $?; postern version; postern login root -no-store -token-only',
    )
    expect(out).to.match(/^220\nPostern v\S+\nroot$/)
    expect(err).to.equal('')
  })

  it('stops following a log when its output is closed', async () => {
    const log = join(line.folder, 'audit.log')
    const entry = chained(
      '{"time":"2026-01-01T00:00:00Z","type":"response","request":{"path":"a"}}',
      { id: '0'.repeat(16), seq: 1, prev: NOTHING },
    )
    writeFileSync(log, entry)
    const ended = run(`audit tail -follow ${log}`, 'pipe')
    const more = setInterval(() => writeFileSync(log, entry, { flag: 'a' }), 100)
    expect(await ended.finally(() => clearInterval(more))).to.deep.equal({ code: 0, err: '' })
  })

  for (const [why, stdout] of [
    ['no space left on device', undefined],
    ['broken pipe', 'pipe'],
  ] as const)
    it(`shows what cannot be had again: ${why}`, async () => {
      await using server = await sealable()
      const environment = { POSTERN_ADDR: server.address, POSTERN_TOKEN: '' }
      const { code, err } = await run('operator init', stdout, environment)
      expect(code).to.equal(1)
      expect(err).to.include(`stdout: ${why}\n`)
      expect(err).to.match(/^Unseal Key 5: \S+$/m)
      const [, token = ''] = /^Initial Root Token: (\S+)$/m.exec(err) ?? []
      const keys = [...err.matchAll(/^Unseal Key \d: (\S+)$/gm)].map(([, key]) => key ?? '')
      for (const key of keys.slice(0, 3))
        await line.run(['operator', 'unseal', key], { environment })
      const looked = await line.run(['token', 'lookup'], {
        environment: { ...environment, POSTERN_TOKEN: token },
      })
      expect(looked.code).to.equal(0)
    })

  it('shows a new token that could not be written', async () => {
    const { code, err } = await run('token create -policy=default')
    expect(code).to.equal(1)
    const [, token = ''] = /^token +(\S+)$/m.exec(err) ?? []
    expect((await line.run(['token', 'lookup', token])).code).to.equal(0)
  })

  /** Runs a script in a folder, `$0`, on a disk without room; `postern` is the program. */
  async function onFullDisk(script: string, environment: Readonly<Record<string, string>> = {}) {
    const setUp = `
      postern() { '${process.execPath}' '${MAIN}' "$@"; }
      mount -t tmpfs -o size=16k none "$0" && cd "$0" || exit 99
      head -c 64k /dev/zero > filler 2>/dev/null && exit 99`
    const child = spawn('unshare', ['-rm', 'sh', '-c', `${setUp}\n${script}`, line.folder], {
      env: { ...line.environment, ...environment },
    })
    const [out, err] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ])
    return { out, err }
  }

  it('asks nothing of the server that could not be written down', async () => {
    await using server = await sealable()
    const environment = { POSTERN_ADDR: server.address, POSTERN_TOKEN: '' }
    expect(await onFullDisk('postern operator init > keys; echo $?', environment)).to.deep.equal({
      out: '1\n',
      err: 'stdout: no space left on device; no request was sent\n',
    })
    const { out } = await line.run(['operator', 'init', '-status'], { environment })
    expect(out).to.equal('The server is not initialized\n')
  })

  it('says of an output that it is cut', async () => {
    const script = 'head -c 12288 /dev/zero > filler; postern ssh -help > cut; echo $?; wc -c < cut'
    expect(await onFullDisk(script)).to.deep.equal({ out: '1\n4096\n', err: FULL })
  })

  it('leaves no empty file in the place of a seal key', async () => {
    const script = 'postern operator generate-seal-key seal.key; echo $?; ls -A'
    const { out, err } = await onFullDisk(script)
    expect(out).to.equal('1\nfiller\n')
    expect(err).to.match(/^cannot write seal\.key: no space left on device/)
  })

  it('leaves no draft of the token behind', async () => {
    const { out, err } = await onFullDisk('postern login root; echo $?; find . -type f')
    expect(out).to.equal('2\n./filler\n')
    expect(err).to.match(/^Error storing token: \S+: no space left on device/)
  })
})
