import { expect } from 'chai'
import { denied } from '../../support/denied.ts'
import { Site } from '../../support/site.ts'

describe('A host', function () {
  this.timeout(60_000)

  let site: Site

  before(async () => {
    site = await Site.start()
    await site.must('secrets', 'enable', '-path=team/ssh', 'ssh')
    const role = [
      'key_type=otp',
      'default_user=alice',
      'allowed_users=bob',
      'cidr_list=10.77.0.0/24',
    ]
    await site.must('write', 'team/ssh/roles/ops', ...role)
  })
  after(() => site[Symbol.asyncDispose]())

  const issue = (user: string, ip: string) =>
    site.must('write', '-field=key', 'team/ssh/creds/ops', `username=${user}`, `ip=${ip}`)

  it('reads a file of vault-ssh-helper as it is', async () => {
    const host = await site.host({
      name: 'hcl',
      number: 21,
      helperFile: `# made for vault-ssh-helper
vault_addr = "${site.engineUrl}"
ssh_mount_point = "team/ssh" // not the usual one
ca_cert = "/etc/postern/ca.pem"
tls_skip_verify = false
/* both of our
   networks */
allowed_cidr_list = "0.0.0.0/0"
allowed_roles = "dev,ops"
`,
    })
    const otp = await issue('alice', host.ip4)
    expect((await site.login({ host, user: 'alice', otp })).code).to.equal(0)
  })

  for (const [what, number, helper, user, reason] of [
    ['whose file names no role', 22, { allowed_roles: '""' }, 'alice', /allowed_roles is empty/],
    [
      'whose file names other roles',
      23,
      { allowed_roles: '["dev"]' },
      'alice',
      /OTP was issued for a role that is not allowed/,
    ],
    [
      'whose file names other users',
      24,
      { allowed_users: '["alice"]' },
      'bob',
      /not in allowed_users/,
    ],
    [
      'that trusts another authority',
      25,
      { ca_cert: '"/etc/ssl/certs/ca-certificates.crt"' },
      'alice',
      /certificate is from a CA that is not trusted/,
    ],
    ['that expects another key', 26, { pin_sha256: `"${'A'.repeat(43)}="` }, 'alice', /pin_sha256/],
    [
      'whose file has an unknown key',
      27,
      { alowed_roles: '"*"' },
      'alice',
      /end=settings .*alowed_roles/,
    ],
  ] as const)
    it(`denies ${what}`, async () => {
      const mount = { ssh_mount_point: '"team/ssh"' }
      const host = await site.host({ name: `h${number}`, number, helper: { ...mount, ...helper } })
      const otp = await issue(user, host.ip4)
      await denied(() => site.login({ host, user, otp }), reason, host)
    })

  it('denies when others can write its file', async () => {
    const host = await site.host({
      name: 'h28',
      number: 28,
      helper: { ssh_mount_point: '"team/ssh"' },
    })
    const otp = await issue('alice', host.ip4)
    await host.run(['chmod', '666', '/etc/postern/helper.toml'])
    await denied(() => site.login({ host, user: 'alice', otp }), /end=settings .*chmod go-w/, host)
    await host.run(['chmod', '600', '/etc/postern/helper.toml'])
    expect((await site.login({ host, user: 'alice', otp })).code).to.equal(0)
  })
})
