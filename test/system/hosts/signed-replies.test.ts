import { expect } from 'chai'
import { denied } from '../../support/denied.ts'
import type { Host } from '../../support/lab.ts'
import { Site } from '../../support/site.ts'

const HELPER = '/usr/local/sbin/postern-helper'

describe('A host with verify_keys', function () {
  this.timeout(60_000)

  let site: Site
  let web: Host

  const keys = async () =>
    JSON.parse(await site.must('read', '-format=json', 'ssh/verify/keys')).data.keys as {
      readonly key_id: string
      readonly public_key: string
      readonly state: string
    }[]

  before(async () => {
    site = await Site.start()
    await site.must('secrets', 'enable', 'ssh')
    const [key] = await keys()
    const helper = { verify_keys: JSON.stringify([key?.public_key]) }
    web = await site.host({ name: 'web', number: 11, helper })
    const role = ['key_type=otp', 'default_user=alice', 'cidr_list=10.77.0.0/24']
    await site.must('write', 'ssh/roles/ops', ...role)
  })
  after(() => site[Symbol.asyncDispose]())

  const login = async () => {
    const otp = await site.issue('ops', 'alice', web.ip4)
    return site.login({ host: web, user: 'alice', otp })
  }

  it('lets a user in, and finds the engine', async () => {
    expect((await login()).code).to.equal(0)
    const check = await web.run([HELPER, '-verify-only'])
    expect(check.stdout + check.stderr).to.match(/the SSH engine answers/)
  })

  it('goes on letting users in while the key is replaced, once it has fetched the new one', async () => {
    await site.must('write', '-f', 'ssh/verify/rotate')
    expect((await login()).code).to.equal(0)
    const fetched = await web.run([HELPER, 'verify-keys'])
    expect(fetched.stdout).to.equal('/var/lib/postern-helper/verify-keys now has 2 keys\n')
    await site.must('write', 'ssh/verify/rotate', 'force=true')
    expect((await login()).code).to.equal(0)
    const retired = (await keys()).find(({ state }) => state === 'retiring')
    await site.must('delete', `ssh/verify/keys/${retired?.key_id}`, 'force=true')
    expect((await web.run([HELPER, 'verify-keys'])).stdout).to.match(/now has 1 key\n/)
    expect((await login()).code).to.equal(0)
  })

  it('denies replies of an engine whose key it does not have', async () => {
    await site.must('secrets', 'disable', 'ssh')
    await site.must('secrets', 'enable', 'ssh')
    const role = ['key_type=otp', 'default_user=alice', 'cidr_list=10.77.0.0/24']
    await site.must('write', 'ssh/roles/ops', ...role)
    await denied(login, /which is none of verify_keys/, web)
  })
})
