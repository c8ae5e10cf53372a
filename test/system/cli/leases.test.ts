import { expect } from 'chai'
import { type CommandLine, commandLine } from './command-line.ts'
import { runExamples, tokenOf } from './examples.ts'

describe('postern lease list', () => {
  let line: CommandLine
  let user = ''
  before(async () => {
    line = await commandLine()
    await line.must('secrets enable ssh')
    await line.must('write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8')
    user = await tokenOf(line, 'otp-user')
  })
  after(() => line[Symbol.asyncDispose]())

  const list = (words: string, token = user) =>
    line.run(['lease', 'list', ...words.split(' ')], { environment: { POSTERN_TOKEN: token } })
  const issue = async (token: string) => {
    const words = ['write', '-field=lease_id', 'ssh/creds/web', 'ip=10.1.2.3']
    return (await line.run(words, { environment: { POSTERN_TOKEN: token } })).out
  }

  it('shows a user their own leases, and nobody else’s', async () => {
    expect(await list('-mine')).to.deep.equal({ code: 0, out: '', err: 'There is no lease.\n' })
    const ids = [await issue(user), await issue(user)]
    await issue('root')
    const { code, out } = await list('-mine -format=json')
    expect(code).to.equal(0)
    const leases: readonly { readonly name: string; readonly ttl: number }[] = JSON.parse(out)
    expect(leases.map(({ name }) => name)).to.have.members(ids)
    expect(leases[0]?.ttl).to.be.within(590, 600)
    expect(out).to.not.match(/[0-9a-f]{8}-[0-9a-f]{4}-/)
    expect((await list('-mine')).out).to.match(
      /^Lease +User +Address +TTL +Renewable +Expires\n-----/,
    )
    for (const id of ids) await line.must(`lease revoke ${id}`)
  })

  it('lists those of others only with sudo', async () => {
    const denied = await list('ssh/creds/web')
    expect(denied.code).to.equal(2)
    expect(denied.err).to.include('permission denied')
    expect((await list('ssh/creds/web', 'root')).out).to.match(/^Lease\n-----\n\w+\n$/)
    expect((await list('-mine ssh/creds/web')).err).to.match(/^Give either -mine/)
  })

  it('has examples that a sysadmin can run', async () => {
    const token = await tokenOf(line, 'sysadmin')
    for (const ended of await runExamples(line, 'lease list', { token }))
      expect(ended.code, ended.err).to.equal(0)
  })
})
