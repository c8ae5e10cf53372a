import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { until } from '../../support/until.ts'
import { type CommandLine, commandLine } from './command-line.ts'
import { documentedPolicy, examplesOf, tokenOf } from './examples.ts'

const MAIN = join(import.meta.dirname, '../../../engine/main.ts')

describe('postern audit', () => {
  let line: CommandLine
  let log: string
  beforeEach(async () => {
    line = await commandLine()
    log = join(line.folder, 'audit.log')
  })
  afterEach(() => line[Symbol.asyncDispose]())

  const NONE = { code: 2, out: 'No audit devices are enabled.\n', err: '' }
  const lines = (text: string) => text.trimEnd().split('\n')

  /** A log with a login that worked, one that did not, and its key in a file. */
  async function logins() {
    await line.must('secrets enable ssh')
    await line.must('write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8')
    await line.must(`audit enable file file_path=${log}`)
    const otp = await line.must('write -field=key ssh/creds/web ip=10.1.2.3')
    await line.must(`write ssh/verify otp=${otp}`)
    await line.run(['write', 'ssh/verify', `otp=${otp}`])
    const key = join(line.folder, 'audit.pub')
    writeFileSync(key, await line.must('audit key'))
    return { otp, key }
  }

  it('enables, lists and disables devices', async () => {
    expect(await line.run(['audit', 'list'])).to.deep.equal(NONE)
    expect(
      await line.must(`audit enable -path=a/b -description=all file file_path=${log}`),
    ).to.equal('Success! Enabled the file audit device at: a/b/\n')
    expect(await line.must('audit list')).to.equal(
      'Path    Type    Description\n----    ----    -----------\na/b/    file    all\n',
    )
    expect(lines(await line.must('audit list -detailed'))[2]).to.equal(
      `a/b/    file    all            replicated     file_path=${log}`,
    )
    expect(await line.must('audit disable a/b')).to.equal(
      'Success! Disabled audit device (if it was enabled) at: a/b/\n',
    )
    expect(await line.must('audit disable a/b')).to.include('Success!')
    expect(await line.run(['audit', 'list'])).to.deep.equal(NONE)
    const { code, out } = await line.run(['audit', 'verify', log])
    expect([code, out.includes('OK: ')]).to.deep.equal([0, true])
  })

  it('says why a device cannot be', async () => {
    await line.must(`audit enable file file_path=${log}`)
    for (const [words, message] of [
      [`audit enable file file_path=${log}2`, 'path already in use'],
      [
        `audit enable -path=two file file_path=${line.folder}/no/log`,
        `sanity check failed; unable to open "${line.folder}/no/log" for writing: no such file or directory`,
      ],
      ['audit enable -path=two file file_path=log', 'file_path must be absolute, not "log"'],
    ] as const) {
      const { code, err } = await line.run(words.split(' '))
      expect(code).to.equal(2)
      expect(err).to.include(`* ${message}\n`)
    }
  })

  it('hashes a text as the lines do', async () => {
    const { otp } = await logins()
    const hash = (await line.run(['audit', 'hash', 'file'], { input: `${otp}\n` })).out.trim()
    expect(hash).to.match(/^hmac-sha256:[0-9a-f]{64}$/)
    expect(await line.must(`audit hash file/ ${otp}`)).to.equal(`${hash}\n`)
    const found = lines(readFileSync(log, 'utf8')).filter(each => each.includes(hash))
    expect(
      found.map(each => JSON.parse(each).request.path).filter(path => path.startsWith('ssh/')),
    ).to.deep.equal(['ssh/creds/web', ...Array(4).fill('ssh/verify')])
  })

  it('verifies a log with the key, or without, and says what it found', async () => {
    const { key } = await logins()
    const { hash } = JSON.parse(await line.must('read -format=json sys/audit-head/file')).data
    await line.must('audit disable file')
    expect(await line.must(`audit verify -public-key=${key} -hash=${hash} ${log}`)).to.match(
      /^OK: \d+ lines, \d+ of them signed heads, in 2 runs of the server\n$/,
    )
    expect(
      await line.must(`audit verify -public-key=${readFileSync(key, 'utf8').trim()} ${log}`),
    ).to.match(/^OK/)
    expect(await line.must(`audit verify ${log}`)).to.include(
      `verified with the key in the log, ${readFileSync(key, 'utf8').trim()}`,
    )
    const whole = readFileSync(log, 'utf8')
    writeFileSync(log, whole.replace('"outcome":"invalid"', '"outcome":"ok"'))
    const { code, out } = await line.run(['audit', 'verify', `-public-key=${key}`, log])
    expect(code).to.equal(2)
    expect(out).to.match(
      /^TAMPERED {2}\S+audit\.log:\d+: line \d+ of \S+, before this one, has been changed\nNOT OK: /,
    )
    const other = await line.run(['audit', 'verify', `-public-key=${'A'.repeat(43)}`, log])
    expect([other.code, other.out.includes('signed with another key')]).to.deep.equal([2, true])
  })

  it('verifies what is left of a log, where nothing is signed', async () => {
    await logins()
    const [, line2 = ''] = readFileSync(log, 'utf8').split('\n')
    writeFileSync(`${log}.part`, `${line2}\n`)
    const { out } = await line.run(['audit', 'verify', `${log}.part`])
    expect(out).to.include('note      these files have no signed head')
    expect(out).to.match(/^NOT OK: 1 line, 0 of them signed heads, in \d runs? of the server$/m)
    expect(out).not.to.match(/undefined|\b1 (?:runs|lines)/, out)
  })

  it('prints no table for a file that is not there', async () => {
    appendFileSync(log, '')
    const { code, out, err } = await line.run(['audit', 'search', log, '/no/such/file'])
    expect({ code, out, err }).to.deep.equal({
      code: 1,
      out: '',
      err: 'cannot read /no/such/file: no such file or directory\n',
    })
  })

  it('prints none for a log that cannot be shown', async () => {
    for (const [file, reason] of [
      ['/no/such/file', 'no such file or directory'],
      [line.folder, 'it is a directory'],
    ] as const)
      expect(await line.run(['audit', 'tail', file])).to.deep.equal({
        code: 1,
        out: '',
        err: `cannot read ${file}: ${reason}\n`,
      })
  })

  it('tells what it cannot verify from what was tampered with', async () => {
    appendFileSync(log, '')
    for (const [words, message] of [
      [['/no/such/file'], /^cannot read \/no\/such\/file: no such file or directory\n$/],
      [[log], /^no line in these files belongs to a hash chain/],
      [['-public-key=nonsense', log], /^-public-key is neither a key nor a readable file/],
      [[`-public-key=${log}`, log], /does not hold a public key\n$/],
    ] as const) {
      const { code, err } = await line.run(['audit', 'verify', ...words])
      expect(code).to.equal(1)
      expect(err).to.match(message)
    }
  })

  it('finds logins by what operators know of them', async () => {
    await logins()
    const search = async (words: string) =>
      lines(await line.must(`audit search ${words} ${log}`))
        .slice(2)
        .map(each => each.split(/ {2,}/).slice(1))
    const client = '127.0.0.1'
    const issued = [client, 'root', 'update', 'ssh/creds/web', 'web ubuntu@10.1.2.3', 'ok']
    const used = [client, '-', 'update', 'ssh/verify', 'web ubuntu@10.1.2.3', 'ok']
    const refused = [client, '-', 'update', 'ssh/verify', '-', 'invalid: replay']
    expect(await search('-user=ubuntu')).to.deep.equal([issued, used])
    expect(await search('-role=web -address=10.1.2.3 -outcome=ok -since=1h')).to.deep.equal([
      issued,
      used,
    ])
    expect(await search('-outcome=failed')).to.deep.equal([refused])
    expect(await search('-path=ssh/verify -client=127.0.0.1')).to.deep.equal([used, refused])
    expect(await search('-by=root -path=ssh/')).to.deep.equal([issued])
    expect(await search('-since=2999-01-01T00:00:00Z')).to.deep.equal([])
    expect(await search('-until=1h')).to.deep.equal([])
    const json = lines(await line.must(`audit search -format=json -all -user=ubuntu ${log}`))
    expect(json.map(each => JSON.parse(each).type)).to.deep.equal(['response', 'response'])
    expect((await line.run(['audit', 'search', '-since=soon', log])).err).to.equal(
      '"soon" is neither a time nor a duration\n',
    )
  })

  it('shows the end of a log', async () => {
    await logins()
    const all = lines(await line.must(`audit tail ${log}`))
    expect(all[0]).to.match(/^Time +Client +By +Operation +Path +Login +Outcome$/)
    expect(all.at(-1)).to.include('sys/audit-key')
    expect(lines(await line.must(`audit tail -n 1 ${log}`))).to.have.length(3)
  })

  it('shows as many rows as requested, however many lines are filtered out', async () => {
    await logins()
    await line.must('audit disable file')
    const other = readFileSync(log, 'utf8')
    // lines of Vault, which are not shown: two MiB of them
    writeFileSync(log, `${other}${`{"type":"response"}${' '.repeat(1000)}\n`.repeat(2100)}`)
    const rows = lines(await line.must(`audit tail -n 2 -path=ssh/verify ${log}`)).slice(2)
    expect(rows.map(row => row.split(/ {2,}/)[4])).to.deep.equal(['ssh/verify', 'ssh/verify'])
    const all = lines(await line.must(`audit tail -n 100 ${log}`)).slice(2)
    expect(all.length).to.be.greaterThan(4).and.lessThan(50)
  })

  it('lines up what it shows', async () => {
    await logins()
    for (const words of [`audit tail ${log}`, `audit search ${log}`]) {
      const [header = '', ...rows] = lines(await line.must(words))
      for (const name of ['Client', 'By', 'Operation', 'Path', 'Login', 'Outcome'])
        for (const row of rows)
          expect(row.slice(header.indexOf(name) - 2, header.indexOf(name) + 1)).to.match(/^ {2}\S$/)
    }
  })

  it('leaves out inserted lines, and says so', async () => {
    await logins()
    await line.must('audit disable file')
    const [, real = ''] = lines(readFileSync(log, 'utf8')).filter(each =>
      each.includes('"username":"ubuntu"'),
    )
    const forged = real.replace(/,"chain":.*/, '}').replaceAll('10.1.2.3', '10.66.66.66')
    appendFileSync(log, `${forged}\n`)
    const words = ['audit', 'search', '-address=10.66.66.66']
    const found = await line.run([...words, log])
    expect([found.code, lines(found.out)])
      .to.have.deep.property('1')
      .with.length(2)
    expect(found.err).to.include(
      `${log} has been changed: run "postern audit verify" for details\n1 line has no place in the hash chain (of Vault, or forged; see "postern audit verify"), left out: use -unchained to show them`,
    )
    const shown = await line.run([...words, '-unchained', log])
    expect(lines(shown.out)[2]).to.match(/10\.66\.66\.66 .*UNCHAINED$/)
    const tail = await line.run(['audit', 'tail', log])
    expect(tail.out).to.not.include('10.66.66.66')
    expect(tail.err).to.include('1 line has no place in the hash chain')
    await line.must(`audit enable file file_path=${log}`)
    await line.must('audit disable file')
    const { code, out } = await line.run(['audit', 'verify', log])
    expect(code).to.equal(2)
    expect(out).to.match(/TAMPERED .*: inserted: \d+ bytes that no server has written/)
  })

  it('follows a log, also when it is moved away', async () => {
    await logins()
    const child = spawn(process.execPath, [
      MAIN,
      'audit',
      'tail',
      '-f',
      '-n',
      '0',
      '-path=sys/mounts',
      log,
    ])
    let out = ''
    child.stdout.setEncoding('utf8').on('data', part => {
      out += part
    })
    const rows = (): readonly string[] => out.match(/sys\/mounts\/\d+(?=\s)/g) ?? []
    let asked = 0
    /** Asks for a path of its own each time, until the program shows a row: it looks for the end of the log when it has begun. */
    const begins = () =>
      until(
        async () => {
          await line.run(['read', `sys/mounts/${++asked}`])
          return rows().length > 0
        },
        () => out,
      )
    const shows = (path: string) =>
      until(
        () => rows().includes(path),
        () => out,
      )
    await begins()
    await shows(`sys/mounts/${asked}`)
    renameSync(log, `${log}.1`)
    await line.run(['read', 'sys/mounts/0'])
    await shows('sys/mounts/0')
    expect(rows()).to.deep.equal([...new Set(rows())])
    child.kill()
    await once(child, 'exit')
  })

  it('searches the log of the server, the newest lines first', async () => {
    const { otp } = await logins()
    const rules = documentedPolicy('auditor')
    const environment = { POSTERN_TOKEN: await tokenOf(line, 'auditor', rules) }
    const search = (words: string, input = '') =>
      line.run(['audit', 'search', ...words.split(' ')], { environment, input })
    const verified = new RegExp(`^${log} of \\S+: verified up to line \\d+\n$`)

    const { code, out, err } = await search('-device=file -path=ssh/verify')
    expect([code, lines(out).length]).to.deep.equal([0, 4])
    expect(out).to.match(/^Time +Client +By +Operation +Path +Login +Outcome$/m)
    expect(lines(out)[2]).to.match(/ssh\/verify .* invalid: replay$/)
    expect(lines(out)[3]).to.match(/ssh\/verify +web ubuntu@10.1.2.3 +ok$/)
    expect(err).to.match(verified)
    expect(lines((await search('-device=file/ -path=ssh/ -failed')).out)).to.have.length(3)
    expect((await search('-device=file -since=1h -user=nobody')).err).to.match(verified)

    const json = await search('-device=file -format=json -user=ubuntu -limit=1')
    expect(JSON.parse(json.out)).to.deep.include({ role: 'web', address: '10.1.2.3' })
    expect(json.err).to.include('There are more: -limit=0 shows all')
    const used = await search('-device=file -value=- -format=json', `${otp}\n`)
    expect(lines(used.out).map(each => JSON.parse(each).path)).to.deep.equal([
      ...['ssh/verify', 'ssh/verify', 'ssh/creds/web'],
    ])
    for (const [words, message] of [
      ['-device=file audit.log', /^Give either files, or -device/],
      ['-failed', /^Give either files, or -device/],
      [`-device=file -value=${otp}`, /^-value must be "-"/],
      ['-value=- audit.log', /^-value needs -device/],
      ['-device=file -value=-', /^there is no value on standard input/],
      ['-device=file -unchained', /^-unchained is for files/],
      ['-device=nosuch', /permission denied/],
    ] as const)
      expect((await search(words)).err, words).to.match(message)
    appendFileSync(log, '{"type":"response"}\n')
    expect((await search('-device=file')).err).to.match(
      /verified up to line \d+, then changed: line/,
    )
  })

  it('has an example that an auditor can run', async () => {
    await logins()
    const environment = { POSTERN_TOKEN: await tokenOf(line, 'auditor') }
    const [example = ''] = examplesOf('audit search').filter(each => each.includes('-failed'))
    expect((await line.run(example.split(' '), { environment })).code).to.equal(0)
  })
})
