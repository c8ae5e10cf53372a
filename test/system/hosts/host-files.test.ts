import { once } from 'node:events'
import { expect } from 'chai'
import type { Host } from '../../support/lab.ts'
import { ENGINE_IP, Site } from '../../support/site.ts'

const HELPER = '/usr/local/sbin/postern-helper'
const LIST = '/etc/ssh/postern-revoked'
const CERTIFICATE = '/etc/ssh/ssh_host_ed25519_key-cert.pub'

describe('A host whose files are damaged', function () {
  this.timeout(60_000)

  let site: Site
  let web: Host

  before(async () => {
    site = await Site.start()
    web = await site.host({ name: 'web', number: 11 })
    await site.must('secrets', 'enable', 'ssh')
    await site.must('write', 'ssh/config/ca', 'key_type=ed25519')
    await site.must(
      ...['write', 'ssh/roles/hosts', 'key_type=ca', 'allow_host_certificates=true'],
      ...['allowed_domains=*', 'ttl=1h'],
    )
    const token = await site.must('token', 'create', '-field=token', '-ttl=1h')
    await web.run(['sh', '-c', 'umask 077; cat > /etc/postern/token'], { input: token })
    await site.must('write', 'ssh/revoke', 'key_id=somebody')
  })
  after(() => site[Symbol.asyncDispose]())

  const helper = (...words: readonly string[]) => web.run([HELPER, ...words])
  const sh = (script: string) => web.run(['sh', '-c', script])
  const digest = async (file: string) => (await web.run(['sha256sum', file])).stdout

  /** Lets a server answer so many requests in this way, and gives the flags that lead to it. */
  async function answering(
    body: string,
    { status = 200, times = 1 } = {},
  ): Promise<readonly string[]> {
    const server = site.lab.start([
      process.execPath,
      '-e',
      `let times = ${times}
       const body = ${JSON.stringify(body)}
       const server = require('node:http').createServer((_, to) => to.writeHead(${status}).end(body, () => --times || setTimeout(process.exit, 20)))
       // the server of the test before may still have the port
       server.on('error', () => setTimeout(() => server.listen(8300), 20)).on('listening', () => console.log('ready')).listen(8300)`,
    ])
    await once(server.stdout ?? server, 'data')
    await web.run(['sh', '-c', 'umask 022; cat > /etc/postern/evil.toml'], {
      input: `vault_addr = "http://${ENGINE_IP}:8300"\nallowed_roles = "*"\n`,
    })
    return ['-dev', '-config=/etc/postern/evil.toml']
  }

  for (const [what, spoil] of [
    ['empty', `: > ${LIST}`],
    ['what curl leaves of a refusal', `echo '{"errors":[]}' > ${LIST}`],
    ['cut', `head -c 30 ${LIST} > /tmp/cut; cat /tmp/cut > ${LIST}`],
    ['garbage behind the right beginning', `head -c 99 /dev/zero >> ${LIST}`],
  ] as const)
    it(`fetches the list of revoked keys anew when it is ${what}`, async () => {
      await helper('krl')
      const whole = await digest(LIST)
      expect((await helper('krl')).stdout).to.equal(`${LIST} is the newest list\n`)
      await sh(spoil)
      expect(await digest(LIST)).to.not.equal(whole)
      const { code, stdout } = await helper('krl')
      expect([code, stdout]).to.deep.equal([
        0,
        `${LIST} is now version 1, and replaces a file that was no list of revoked keys\n`,
      ])
      expect(await digest(LIST)).to.equal(whole)
    })

  for (const [what, spoil] of [
    ['is gone', `rm ${LIST}.etag`],
    ['is empty', `: > ${LIST}.etag`],
    ['is garbage', `printf 'a\\001\\nb' > ${LIST}.etag`],
  ] as const)
    it(`fetches the list anew when its tag ${what}`, async () => {
      await helper('krl')
      const tag = await web.read(`${LIST}.etag`)
      await sh(spoil)
      expect((await helper('krl')).stdout).to.equal(`${LIST} is the newest list\n`)
      expect(await web.read(`${LIST}.etag`)).to.equal(tag)
    })

  it('fetches the list anew when an older one has been put in its place', async () => {
    await helper('krl')
    await sh(`cp ${LIST} /tmp/older`)
    await site.must('write', 'ssh/revoke', 'key_id=another')
    await helper('krl')
    const newest = await digest(LIST)
    await sh(`cat /tmp/older > ${LIST}`)
    expect((await helper('krl')).stdout).to.equal(`${LIST} is now version 2\n`)
    expect(await digest(LIST)).to.equal(newest)
  })

  it('says that a folder is in the place of the list', async () => {
    const { code, stderr } = await helper('krl', '-out=/tmp')
    expect(code).to.equal(78)
    expect(stderr).to.match(/^postern-helper: \/tmp cannot be read: EISDIR/)
  })

  it('keeps the authorities that it has when the disk is full', async () => {
    await sh('mkdir /small && mount -t tmpfs -o size=8k tmpfs /small')
    expect((await helper('trust', '-out=/small/trusted')).code).to.equal(0)
    const before = await digest('/small/trusted')
    const [line = ''] = (await web.read('/small/trusted')).split('\n')
    const many = Array.from({ length: 100 }, () => `${line}\n`).join('')
    const { code, stderr } = await helper(
      'trust',
      '-out=/small/trusted',
      ...(await answering(many)),
    )
    expect(code).to.equal(78)
    expect(stderr).to.match(/\/small\/trusted cannot be written: no space left on device/)
    expect(await digest('/small/trusted')).to.equal(before)
    expect((await web.run(['ls', '/small'])).stdout).to.equal('trusted\ntrusted.etag\n')
  })

  const hostCert = (...more: readonly string[]) =>
    helper('host-cert', '-role=hosts', '-token-file=/etc/postern/token', '-reload=', ...more)

  for (const [what, spoil] of [
    ['empty', `: > ${CERTIFICATE}`],
    ['cut', `head -c 100 ${CERTIFICATE} > /tmp/cut; cat /tmp/cut > ${CERTIFICATE}`],
    [
      'for another key',
      'rm /etc/ssh/ssh_host_ed25519_key; ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key <<Y\ny\nY',
    ],
  ] as const)
    it(`has its key signed anew when the certificate is ${what}`, async () => {
      expect((await hostCert()).code).to.equal(0)
      expect((await hostCert()).stdout).to.match(/ is valid, and will be renewed /)
      await sh(spoil)
      const { code, stdout, stderr } = await hostCert()
      expect(code, stderr).to.equal(0)
      expect(stdout).to.match(
        / is new, .*Z, and replaces a file that was no certificate for this key\n$/,
      )
      expect((await hostCert()).stdout).to.match(/ is valid, and will be renewed /)
      expect((await sh('ls /etc/ssh/*.draft /etc/ssh/*.old 2>/dev/null')).stdout).to.equal('')
    })

  for (const body of ['<html>', '', '[]', 'null', '{"data":5}', '{"data":{"signed_key":5}}'])
    it(`denies an answer that is ${body || 'empty'}`, async () => {
      await sh(`rm -f ${CERTIFICATE}`)
      const { code, stderr } = await hostCert(...(await answering(body, { times: 2 })))
      expect([code, stderr.trimEnd().split('\n').length], stderr).to.deep.equal([76, 1])
    })

  for (const mode of ['644', '604', '640'])
    it(`does not send a token from a file of mode ${mode}`, async () => {
      await sh(`chgrp 12345 /etc/postern/token; chmod ${mode} /etc/postern/token`)
      const { code, stderr } = await hostCert()
      expect(code).to.equal(78)
      expect(stderr).to.contain('/etc/postern/token can be read by other users')
      await sh('chgrp 0 /etc/postern/token; chmod 600 /etc/postern/token')
    })

  it('shows what an engine says without obeying it', async () => {
    const body = JSON.stringify({ errors: ['\u001b[2Jno\u009b31m'] })
    const { code, stderr } = await helper('krl', ...(await answering(body, { status: 400 })))
    expect(code).to.equal(76)
    expect(stderr).to.contain('status 400: \\x1b[2Jno\\x9b31m')
  })
})
