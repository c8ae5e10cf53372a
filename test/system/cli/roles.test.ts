import { expect } from 'chai'
import { type CommandLine, commandLine } from './command-line.ts'
import { runExamples, tokenOf } from './examples.ts'

describe('postern roles explain and list', () => {
  let line: CommandLine
  let [user, sysadmin] = ['', '']
  before(async () => {
    line = await commandLine()
    await line.must('secrets enable ssh')
    await line.must(
      'write ssh/roles/web key_type=otp default_user=ubuntu allowed_users=root,ann cidr_list=10.0.0.0/8 ttl=10m',
    )
    user = await tokenOf(line, 'otp-user')
    sysadmin = await tokenOf(line, 'sysadmin')
    await line.must('write identity/entity name=ann policies=otp-user')
  })
  after(() => line[Symbol.asyncDispose]())

  const explain = (words: string, token: string) =>
    line.run(['roles', 'explain', ...words.split(' ')], { environment: { POSTERN_TOKEN: token } })

  it('says to a user who may only request credentials what they get', async () => {
    expect(await explain('web', user)).to.deep.equal({
      code: 0,
      err: '',
      out: `Key              Value
---              -----
role             web
key_type         otp
path             ssh/creds/web
allowed          true
policies         otp-user
default_user     ubuntu
allowed_users    root,ann
cidr_list        10.0.0.0/8
ttl              10m
`,
    })
  })

  it('says no more of another role than of none', async () => {
    await line.must('write ssh/roles/db key_type=otp default_user=postgres cidr_list=10.9.0.0/16')
    const [db, none] = [await explain('db', user), await explain('nosuch', user)]
    expect(db.code).to.equal(1)
    expect(db.out).to.match(/^reason +there is no such role, or no policy/m)
    expect(db.out.replaceAll('db', 'nosuch')).to.equal(
      none.out.replaceAll(/ {4}nosuch/g, '    nosuch'),
    )
  })

  it('names the policies that give it, for a sysadmin', async () => {
    const { code, out } = await explain('-format=json web', sysadmin)
    expect(code).to.equal(1)
    expect(JSON.parse(out)).to.deep.include({
      allowed: false,
      reason: 'no policy has a rule for ssh/creds/web',
      allowing_policies: ['otp-user', 'root'],
    })
    expect((await explain('-field=allowing_policies -as=ann web', sysadmin)).out).to.equal(
      '[otp-user root]',
    )
  })

  it('has examples that a sysadmin can run', async () => {
    const [own, other] = await runExamples(line, 'roles explain', { token: sysadmin })
    expect(own?.out).to.match(/^refused_by +policy$/m)
    expect(other).to.deep.include({ code: 0, err: '' })
  })

  it('lists to a user who may only request credentials the roles that they may use', async () => {
    const environment = { POSTERN_TOKEN: user }
    expect(await line.run(['roles', 'list'], { environment })).to.deep.equal({
      code: 0,
      err: '',
      out: `Role    Type    Allowed    Users                Hosts
----    ----    -------    -----                -----
web     otp     true       ubuntu, root, ann    10.0.0.0/8
`,
    })
    const token = await tokenOf(line, 'none', 'path "none" { capabilities = ["read"] }')
    const none = await line.run(['roles', 'list'], { environment: { POSTERN_TOKEN: token } })
    expect(none).to.deep.include({ code: 0, out: '' })
    expect(none.err).to.match(/Ask an administrator for a policy/)
  })

  it('lists all roles to a sysadmin, by the examples of its help', async () => {
    await line.must('write ssh/roles/db key_type=otp default_user=postgres cidr_list=10.9.0.0/16')
    const [own, other] = await runExamples(line, 'roles list', { token: sysadmin })
    expect(own?.out).to.match(/^db +otp +false +postgres +10\.9\.0\.0\/16$/m)
    expect(other?.out).to.match(/^web +otp +true +/m)
  })
})
