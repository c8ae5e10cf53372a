import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { examplesOf, tokenOf } from './examples.ts'
import { type FakeSsh, fakeSsh, ROOT } from './fake-ssh.ts'

describe('postern can', () => {
  let fake: FakeSsh
  beforeEach(async () => {
    fake = await fakeSsh()
    await fake.line.must(
      'write ssh/roles/db key_type=otp default_user=postgres cidr_list=10.9.0.0/16',
    )
  })
  afterEach(() => fake[Symbol.asyncDispose]())

  const can = (words: string, environment: Readonly<Record<string, string>> = {}) =>
    fake.line.run(['can', ...words.split(' ')], {
      environment: { ...fake.environment, ...environment },
    })

  it('shows what a user gets who may only request credentials', async () => {
    const { code, out } = await can('ubuntu@10.1.2.3')
    expect(code).to.equal(0)
    expect(out.split('\n')[2]).to.match(/^web +otp +yes, for ubuntu +policies \[otp-user\]$/)
    expect(out).to.not.include('db')
  })

  it('says what refuses a login, and exits with 1', async () => {
    const refused = await can('root@10.9.2.3')
    expect(refused.code).to.equal(1)
    expect(refused.out).to.match(/^web +otp +no +role: Username has to be either in allowed/m)
    const unknown = await can('-role=db ubuntu@10.9.2.3')
    expect(unknown.code).to.equal(1)
    expect(unknown.out).to.match(/^db +n\/a +no +policy: there is no such role, or no policy/m)
  })

  it('says that the user may be the wrong one, where none was named', async () => {
    const { err } = await can('10.1.2.3')
    expect(err).to.match(/^This was for the user ".+"\. To name another: user@10\.1\.2\.3\.\n$/)
    expect((await can('root@10.1.2.3')).err).to.equal('')
  })

  it('says which policies were not judged, for somebody else', async () => {
    await fake.line.must('write identity/entity name=eve')
    const { code, err } = await can('-as=eve ubuntu@10.1.2.3', ROOT)
    expect(code).to.equal(1)
    expect(err).to.match(/Those that only the auth method gives/)
  })

  it('tells an administrator about somebody else, in a format for programs', async () => {
    await fake.line.must('write identity/entity name=ann policies=otp-user')
    const told = await can('-format=json -as=ann ubuntu@10.1.2.3', ROOT)
    expect(told.code).to.equal(0)
    const { allowed, roles } = JSON.parse(told.out)
    expect(allowed).to.equal(true)
    expect(roles.map((each: { allowed: boolean }) => each.allowed)).to.deep.equal([false, true])
    const denied = await can('-as=ann ubuntu@10.1.2.3')
    expect(denied.code).to.equal(2)
    expect(denied.err).to.match(/to judge for another requires sudo on this path/)
  })

  it('runs as the examples of its help have it, with the least policies', async () => {
    await fake.line.must('write identity/entity name=ann policies=otp-user')
    await tokenOf(fake.line, 'otp-user')
    const explaining = 'path "ssh/explain" { capabilities = ["update", "sudo"] }'
    const tokens = [fake.token, await tokenOf(fake.line, 'explaining', explaining), fake.token]
    writeFileSync(join(fake.line.folder, 'plan'), 'user ubuntu\nhostname 10.1.2.3\nport 22\n')
    for (const [at, example] of examplesOf('can').entries()) {
      const { code, err } = await can(example.replace(/^can /, ''), {
        POSTERN_TOKEN: tokens[at] ?? '',
      })
      expect(code, `${example}: ${err}`).to.equal(0)
    }
  })

  it('knows hosts by what ssh makes of their names', async () => {
    writeFileSync(join(fake.line.folder, 'plan'), 'user ubuntu\nhostname 10.1.2.3\nport 22\n')
    expect((await can('production')).code).to.equal(0)
  })
})
