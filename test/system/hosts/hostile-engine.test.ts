import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { encodeKrl } from '../../../engine/openssh/krl.ts'
import { fingerprintOf, parsePublicKey } from '../../../engine/openssh/public-key.ts'
import { BY_SSHD, denied } from '../../support/denied.ts'
import { Keygen } from '../../support/keygen.ts'
import type { Host } from '../../support/lab.ts'
import { RELOAD_SSHD } from '../../support/reload-sshd.ts'
import { ENGINE_IP, Site } from '../../support/site.ts'

const HELPER = '/usr/local/sbin/postern-helper'
const LIST = '/etc/ssh/postern-revoked'
const TRUSTED = '/etc/ssh/postern-trusted'
const KEY = '/etc/ssh/ssh_host_ed25519_key'
const CONFIG = '/etc/postern/other.toml'

describe('A host and what an engine may send', function () {
  this.timeout(120_000)

  const keygen = new Keygen()
  let site: Site
  let web: Host

  before(async () => {
    site = await Site.start()
    web = await site.host({ name: 'web', number: 11 })
    await web.run(['sh', '-c', `umask 022; cat > ${CONFIG}`], {
      input: `vault_addr = "http://${ENGINE_IP}:8300"\nallowed_roles = "*"\n`,
    })
    await web.run(['sh', '-c', 'umask 077; echo token > /etc/postern/token'])
    const server = site.lab.start([
      process.execPath,
      '-e',
      `const { readFileSync } = require('node:fs')
       require('node:http').createServer((from, to) => {
         const [etag, ...body] = readFileSync('${keygen.folder}/next', 'latin1').split('|')
         to.writeHead(200, { etag }).end(Buffer.from(body.join('|'), 'latin1'))
       }).listen(8300, () => console.log('ready'))`,
    ])
    await once(server.stdout!, 'data')
  })
  after(async () => {
    keygen[Symbol.dispose]()
    await site[Symbol.asyncDispose]()
  })

  const sh = (script: string) => web.run(['sh', '-c', script])
  const helper = (...words: readonly string[]) =>
    web.run([HELPER, ...words, '-dev', `-config=${CONFIG}`])

  /** What the engine answers from now on. */
  const answer = (body: string | Buffer, etag = '"mount.1"') =>
    writeFileSync(
      `${keygen.folder}/next`,
      Buffer.concat([Buffer.from(`${etag}|`), Buffer.from(body)]),
    )

  describe('sends long lists', () => {
    const empty = {
      version: 7n,
      generatedAt: 0,
      serials: [],
      keyIds: [],
      keys: [],
      fingerprints: [],
    }

    it('of a million serial numbers', async () => {
      const bytes = randomBytes(8_000_000)
      const serials = Array.from({ length: 1_000_000 }, (_, at) => bytes.readBigUInt64BE(8 * at))
      const authority = parsePublicKey(keygen.key('-t', 'ed25519').line).blob
      answer(encodeKrl({ ...empty, serials: [{ authority, serials }] }))
      expect(await helper('krl')).to.include({
        code: 0,
        stdout: `${LIST} is now version 7\n`,
        stderr: '',
      })
    })

    it('of ten thousand long key ids', async () => {
      const keyIds = Array.from({ length: 10_000 }, (_, at) => `${at}`.padEnd(1000, 'x'))
      answer(encodeKrl({ ...empty, version: 8n, keyIds }))
      expect(await helper('krl')).to.include({ code: 0, stdout: `${LIST} is now version 8\n` })
      expect(await helper('krl')).to.include({ code: 0, stdout: `${LIST} is the newest list\n` })
    })

    it('of fifty thousand authorities', async () => {
      const { line } = keygen.key('-t', 'ed25519')
      answer(`${line} x\n`.repeat(50_000))
      expect(await helper('trust')).to.include({
        code: 0,
        stdout: `${TRUSTED} now has 50000 keys\n`,
      })
    })
  })

  for (const [what, make] of [
    ['a pipe', 'mkfifo /tmp/odd'],
    ['a device without end', 'mknod /tmp/odd c 1 5'],
    ['a link to a device', 'mknod /tmp/device c 1 5; ln -s /tmp/device /tmp/odd'],
  ] as const)
    for (const command of ['krl', 'trust', 'host-cert'])
      it(`does not read ${what} in ${command}`, async () => {
        await sh(make)
        answer(`${keygen.key('-t', 'ed25519').line}\n`)
        const words =
          command === 'host-cert'
            ? ['-role=x', '-key=/tmp/odd', '-token-file=/etc/postern/token']
            : ['-out=/tmp/odd']
        const { code, stderr } = await helper(command, ...words)
        expect([code, stderr]).to.deep.equal([
          78,
          'postern-helper: /tmp/odd leads to what is no regular file\n',
        ])
        await sh('rm -f /tmp/odd /tmp/device')
      })

  describe('sends authorities', () => {
    const first = keygen.key('-t', 'ed25519').line

    for (const [what, body] of [
      ['one of which is cut', `${first}\n${first.slice(0, 50)}\n`],
      ['none, and no word', ''],
      ['none, and an empty line', '\n'],
      ['HTML', '<html>\n'],
    ] as const)
      it(`${what}: those that were there stay`, async () => {
        answer(`${first}\n`)
        await helper('trust')
        answer(body)
        const { code, stderr } = await helper('trust')
        expect(code, stderr).to.be.oneOf([76, 78])
        expect(await web.read(TRUSTED)).to.equal(`${first}\n`)
      })

    it('none any more: then sshd trusts no CA', async () => {
      answer(`${first}\n`)
      await helper('trust')
      answer('# none\n', '"mount.2"')
      expect((await helper('trust')).stdout).to.match(/now has no key: sshd accepts no certificate/)
      expect(await web.read(TRUSTED)).to.equal('# none\n')
    })

    it('none, from another mount: those that were there stay', async () => {
      answer(`${first}\n`)
      await helper('trust')
      answer('# none\n', '"other.2"')
      const { code, stderr } = await helper('trust')
      expect([code, stderr]).to.deep.equal([
        76,
        'postern-helper: the reply has no keys, and comes from another SSH engine than the installed ones: they are kept\n',
      ])
      expect(await web.read(TRUSTED)).to.equal(`${first}\n`)
    })
  })

  describe('signs the key of the host', () => {
    let key: string

    before(async () => {
      key = (await web.read(`${KEY}.pub`)).trim()
    })

    const certificate = (words: readonly string[], line = key) => keygen.signed(line, words)
    const hostCert = () =>
      helper(
        ...['host-cert', '-role=x', '-principals=web.example.com', '-reload='],
        '-token-file=/etc/postern/token',
      )
    const sign = (signed_key: string) => answer(JSON.stringify({ data: { signed_key } }))
    const HOST = ['-h', '-I', 'id', '-n', 'web.example.com,web'] as const

    it('well', async () => {
      await sh(`rm -f ${KEY}-cert.pub`)
      sign(certificate([...HOST, '-V', '-1m:+1h']))
      expect((await hostCert()).stdout).to.match(/ is new, valid until .*Z\n$/)
      expect((await hostCert()).stdout).to.match(/ is valid, and will be renewed after /)
    })

    it('for ever', async () => {
      await sh(`rm -f ${KEY}-cert.pub`)
      sign(certificate(HOST))
      expect((await hostCert()).stdout).to.match(/ is new, and does not expire\n$/)
      expect((await hostCert()).stdout).to.match(/ is valid, and does not expire\n$/)
    })

    for (const [what, made] of [
      ['for a time that is over', () => certificate([...HOST, '-V', '20200101:20200102'])],
      ['for a time to come', () => certificate([...HOST, '-V', '20990101:20990102'])],
      ['as a user', () => certificate(['-I', 'id', '-n', 'web.example.com', '-V', '-1m:+1h'])],
      [
        'after that of a user',
        () =>
          `${certificate(['-I', 'id', '-n', 'root', '-V', '-1m:+1h'])}\n${certificate([...HOST, '-V', '-1m:+1h'])}`,
      ],
      ['for no name', () => certificate(['-h', '-I', 'id', '-V', '-1m:+1h'])],
      [
        'for another name',
        () => certificate(['-h', '-I', 'id', '-n', 'other.example.com', '-V', '-1m:+1h']),
      ],
      [
        'in place of another key',
        () => certificate([...HOST, '-V', '-1m:+1h'], keygen.key('-t', 'ed25519').line),
      ],
      ['not at all', () => key],
      ['by half', () => certificate([...HOST, '-V', '-1m:+1h']).slice(0, 400)],
      [
        'with a signature that does not hold',
        () => certificate([...HOST, '-V', '-1m:+1h']).replace(/.{20}==? /, 'A'.repeat(20)),
      ],
    ] as const)
      it(`${what}: the certificate that was there stays`, async () => {
        await sh(`rm -f ${KEY}-cert.pub`)
        // so short that it is to be renewed at once, and valid for as long as the test takes
        sign(certificate([...HOST, '-V', '-10m:+2m']))
        expect((await hostCert()).code).to.equal(0)
        const before = await web.read(`${KEY}-cert.pub`)
        sign(made())
        const { code, stdout, stderr } = await hostCert()
        expect([code, stdout], stderr).to.deep.equal([code === 78 ? 78 : 76, ''])
        expect(await web.read(`${KEY}-cert.pub`)).to.equal(before)
        expect((await sh('ls /etc/ssh/*.draft /etc/ssh/*.old 2>/dev/null')).stdout).to.equal('')
      })

    for (const [what, words] of [
      ['is over', ['-V', '20200101:20200102']],
      ['is to come', ['-V', '20990101:20990102']],
      ['is a user’s', []],
      ['is for another name', ['-V', '-1m:+1h']],
    ] as const)
      it(`anew where the one that is there ${what}`, async () => {
        const name = what.includes('name') ? 'other' : 'web.example.com'
        const kind = what.includes('user') ? [] : ['-h']
        const old = certificate([...kind, '-I', 'id', '-n', name, ...words])
        await web.run(['sh', '-c', `cat > ${KEY}-cert.pub`], { input: `${old}\n` })
        sign(certificate([...HOST, '-V', '-1m:+1h']))
        expect((await hostCert()).stdout).to.match(/ is new, valid until /)
      })
  })

  describe('with a certificate of an authority that is revoked', () => {
    it('authenticates no user once the lists exist, also if it was the only one', async () => {
      const own = (...words: readonly string[]) => web.run([HELPER, ...words])
      await site.must('secrets', 'enable', 'ssh')
      await site.must('write', 'ssh/config/ca', 'key_type=ed25519')
      await site.must(
        ...['write', 'ssh/roles/users', 'key_type=ca', 'allow_user_certificates=true'],
        ...['allowed_users=*', 'default_user=alice'],
      )
      await sh(`rm -f ${TRUSTED}* ${LIST}*`)
      expect((await own('krl')).code).to.equal(0)
      expect((await own('trust')).stdout).to.equal(`${TRUSTED} now has 1 key\n`)
      await sh('cp /setup/packaging/sshd/20-postern-ca.conf /etc/ssh/sshd_config.d/')
      await sh(RELOAD_SSHD)
      const key = keygen.key('-t', 'ed25519')
      expect(fingerprintOf(parsePublicKey(key.line))).to.match(/^SHA256:/)
      const line = await site.must(
        ...['write', '-field=signed_key', 'ssh/sign/users', `public_key=@${key.file}.pub`],
      )
      writeFileSync(`${key.file}-cert.pub`, `${line}\n`)
      const login = () =>
        site.lab.run([
          ...['ssh', '-F', '/dev/null', '-i', key.file, '-o', 'IdentitiesOnly=yes'],
          ...['-o', `UserKnownHostsFile=${site.knownHosts}`, '-o', 'LogLevel=ERROR'],
          ...['-o', 'PreferredAuthentications=publickey', `alice@${web.ip4}`, 'id -un'],
        ])
      expect((await login()).stdout).to.equal('alice\n')

      await site.must('write', 'ssh/revoke', 'issuer_ref=default')
      expect((await own('trust')).stdout).to.match(/now has no key/)
      await denied(login, BY_SSHD, web)
      expect((await own('trust')).stdout).to.equal(`${TRUSTED} has not changed\n`)
      // and by the list alone
      await web.run(['sh', '-c', `cat > ${TRUSTED}`], {
        input: await site.must('read', '-field=public_key', 'ssh/issuer/default'),
      })
      expect((await login()).stdout).to.equal('alice\n')
      expect((await own('krl')).stdout).to.equal(`${LIST} is now version 1\n`)
      await denied(login, /revoked by file/, web)
    })
  })
})
