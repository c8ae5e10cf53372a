import { join } from 'node:path'
import { expect } from 'chai'
import { denied } from '../../support/denied.ts'
import type { Host } from '../../support/lab.ts'
import { Site } from '../../support/site.ts'

const POSTERN = join(import.meta.dirname, '../../../dist/postern')
const HELPER = '/usr/local/sbin/postern-helper'
const CONFIG = '/etc/postern/helper.toml'
const TOKEN = '/root/enroll-token'
const ENROLL = [HELPER, 'enroll', '-name=web-1', `-token-file=${TOKEN}`]

describe('An enrolled host', function () {
  this.timeout(90_000)

  let site: Site
  let web: Host

  const read = async (path: string) =>
    JSON.parse(await site.must('read', '-format=json', path)).data as Record<string, unknown>
  const issueToken = async () => {
    const token = await site.must('write', '-f', '-field=token', 'ssh/hosts/web-1/enroll')
    await web.run(['sh', '-c', `umask 077; cat > ${TOKEN}`], { input: token })
  }
  const issue = () => site.issue('ops', 'alice', web.ip4)
  const login = async (otp?: string) =>
    site.login({ host: web, user: 'alice', otp: otp ?? (await issue()) })

  before(async () => {
    site = await Site.start()
    await site.must('secrets', 'enable', 'ssh')
    web = await site.host({ name: 'web', number: 11 })
    const role = ['key_type=otp', 'default_user=alice', 'cidr_list=10.77.0.0/24']
    await site.must('write', 'ssh/roles/ops', ...role)
    await web.run(['sh', '-c', `sed -i '1i # ours' ${CONFIG}`])
  })
  after(() => site[Symbol.asyncDispose]())

  it('is not made where the configuration is a link: the lines are printed, the token is kept', async () => {
    await issueToken()
    await web.run(['sh', '-c', `mv ${CONFIG} ${CONFIG}.real && ln -s helper.toml.real ${CONFIG}`])
    const { code, stderr } = await web.run(ENROLL)
    expect([code, stderr]).to.deep.equal([3, stderr])
    expect(stderr)
      .to.match(/it is a link/)
      .and.match(/^host_name = "web-1"$/m)
    expect(stderr).to.match(/^host_key = "\/etc\/postern\/host-key"$/m)
    expect(stderr).to.match(/^verify_keys = \["ed25519:.*"\]$/m)
    expect((await web.run(['ls', '/etc/postern'])).stdout).not.to.match(/host-key/)
    await web.run(['mv', `${CONFIG}.real`, CONFIG])
  })

  it('is made with the same token: its key stays on it, and its configuration keeps its comments', async () => {
    const { code, stdout, stderr } = await web.run(ENROLL)
    expect([code, stderr]).to.deep.equal([0, ''])
    expect(stdout).to.match(/^web-1 is enrolled\n.*host_name.*\n.*verify-keys now has 1 key\n$/)
    const key = await web.run(['stat', '-c', '%a %U', '/etc/postern/host-key'])
    expect(key.stdout).to.equal('600 root\n')
    expect(await web.read(CONFIG))
      .to.match(/^# ours\n/)
      .and.match(/^host_name = "web-1"$/m)
    expect((await web.run(ENROLL)).stderr).to.match(/the token is not valid for this host/)
    expect(await read('ssh/hosts/web-1')).to.include({ verify_keys_version: 1, enrolled: true })
  })

  it('lets users in, also where nobody else may verify', async () => {
    expect((await login()).code).to.equal(0)
    await site.must('write', 'ssh/config/verify', 'anonymous=deny')
    expect((await login()).code).to.equal(0)
    expect(await read('ssh/hosts/web-1')).to.have.property('last_verify_time')
    expect((await web.run([HELPER, '-verify-only'])).stdout).to.match(/the SSH engine answers/)
  })

  it('lets nobody in with its configuration but not its key, and no password is used', async () => {
    const otp = await issue()
    await web.run(['sh', '-c', `cp ${CONFIG} /root/kept; sed -i '/^host_/d' ${CONFIG}`])
    await denied(() => login(otp), /verifies passwords for enrolled hosts only/, web)
    const fresh = `openssl genpkey -algorithm ed25519 -out /etc/postern/other; cp /root/kept ${CONFIG}
sed -i 's|^host_key.*|host_key = "/etc/postern/other"|' ${CONFIG}`
    await web.run(['sh', '-c', fresh])
    await denied(() => login(otp), /not signed with the key of an enrolled host/, web)
    await web.run(['chmod', '644', '/etc/postern/other'])
    await denied(() => login(otp), /can be read by other users/, web)
    await web.run(['cp', '/root/kept', CONFIG])
    expect((await login(otp)).code).to.equal(0)
  })

  it('lets nobody in while it is disabled, and no password is used', async () => {
    const otp = await issue()
    await site.must('write', 'ssh/hosts/web-1', 'disabled=true')
    await denied(() => login(otp), /host \\?"web-1\\?" is disabled/, web)
    const { code, stderr } = await web.run([HELPER, 'verify-keys'])
    expect([code, stderr]).to.deep.equal([76, stderr])
    expect(stderr).to.match(/is disabled/)
    await site.must('write', 'ssh/hosts/web-1', 'disabled=false')
    expect((await login(otp)).code).to.equal(0)
  })

  it('tells how it is when it fetches the list of revoked keys', async () => {
    for (let run = 0; run < 2; run++) expect((await web.run([HELPER, 'krl'])).code).to.equal(0)
    const told = await read('ssh/hosts/web-1')
    expect(told).to.include({ verify_keys_version: 1 }).and.include.keys('helper_version')
    expect(told).to.include.keys('krl_version', 'krl_age', 'clock_skew', 'last_seen_time')
  })

  it('confirms a new key, without which the engine does not let it sign', async () => {
    await site.must('write', '-f', 'ssh/verify/rotate')
    const early = await site.cli('write', '-f', 'ssh/verify/rotate')
    expect(early.code).to.equal(2)
    expect(early.stderr).to.match(/have not confirmed.*: web-1\./s)
    expect((await web.run([HELPER, 'verify-keys'])).code).to.equal(0)
    await site.must('write', '-f', 'ssh/verify/rotate')
    expect((await login()).code).to.equal(0)
  })

  it('lets in with a password for its name, wherever it is, and with no other', async () => {
    const role = ['key_type=otp', 'default_user=alice', 'hosts=web-*']
    await site.must('write', 'ssh/roles/named', ...role)
    const named = () => site.must('write', '-field=key', 'ssh/creds/named', 'host=web-1')
    expect((await login(await named())).code).to.equal(0)
    const known = `-user-known-hosts-file=${site.knownHosts}`
    const words = [
      POSTERN,
      'ssh',
      '-role=named',
      '-host=web-1',
      known,
      `alice@${web.ip4}`,
      'id -un',
    ]
    expect(await site.run(words)).to.deep.equal({ code: 0, stdout: 'alice\n', stderr: '' })
    const otp = await named()
    const rename = (to: string) =>
      web.run(['sed', '-i', `s/^host_name.*/host_name = "${to}"/`, CONFIG])
    await rename('web-2')
    await denied(() => login(otp), /not signed with the key/, web)
    await rename('web-1')
    expect((await login(otp)).code).to.equal(0)
  })

  it('is replaced only with a token for its name, and says by whom it was had', async () => {
    const fleet = await site.must('write', '-field=token', 'ssh/enroll-tokens', 'name=web-*')
    await web.run(['sh', '-c', `cat > ${TOKEN}`], { input: fleet })
    expect((await web.run(ENROLL)).stderr).to.match(/the token is not valid/)
    await issueToken()
    const again = await web.run(ENROLL)
    expect(again.stdout).to.match(/replaces the host that was enrolled at .* with the key ed25519:/)
    expect((await login()).code).to.equal(0)
  })
})
