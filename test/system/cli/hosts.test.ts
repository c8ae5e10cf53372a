import { expect } from 'chai'
import { type CommandLine, commandLine } from './command-line.ts'
import { runExamples, tokenOf } from './examples.ts'

describe('postern hosts', () => {
  let line: CommandLine
  let sysadmin = ''
  before(async () => {
    line = await commandLine()
    await line.must('secrets enable ssh')
    await line.must('write ssh/hosts/web-1 addresses=10.1.2.3,10.1.2.4 groups=web')
    await line.must('write ssh/hosts/db-1 groups=db')
    sysadmin = await tokenOf(line, 'sysadmin')
  })
  after(() => line[Symbol.asyncDispose]())

  const hosts = (words: string) =>
    line.run(['hosts', ...words.split(' ')], { environment: { POSTERN_TOKEN: sysadmin } })

  it('are listed, and searched', async () => {
    expect(
      (await hosts('list')).out,
    ).to.equal(`Host     Enrolled    Disabled    Addresses             Groups
----     --------    --------    ---------             ------
db-1     false       false       n/a                   db
web-1    false       false       10.1.2.3, 10.1.2.4    web
`)
    expect((await hosts('list -group=web -field=name')).out).to.equal('web-1\n')
    expect(JSON.parse((await hosts('list -ip=10.1.2.4 -format=json')).out)).to.deep.equal([
      {
        ...{ name: 'web-1', enrolled: false, disabled: false },
        ...{ addresses: ['10.1.2.3', '10.1.2.4'], groups: ['web'] },
      },
    ])
    expect(await hosts('list -disabled')).to.deep.equal({
      ...{ code: 0, out: '', err: 'There is no host.\n' },
    })
    const first = await hosts('list -limit=1')
    expect(first.err).to.equal(
      'There are more: go on with -after=db-1, or list all with -limit=0.\n',
    )
    expect((await hosts('list -limit=0 -after=db-1')).out).to.match(/^Host.*\n.*\nweb-1 /)
  })

  it('are disabled and enabled, but not made by a mistyped name', async () => {
    expect(await hosts('disable web-1')).to.include({
      ...{ code: 0, out: 'Success! Disabled the host: web-1\n' },
    })
    expect((await hosts('show -field=disabled web-1')).out).to.equal('true')
    expect((await hosts('enable web-1')).out).to.equal('Success! Enabled the host: web-1\n')
    expect((await hosts('show -field=disabled web-1')).out).to.equal('false')
    expect(await hosts('disable wbe-1')).to.deep.equal({
      code: 2,
      out: '',
      err: 'No host is named "wbe-1": "postern hosts list" lists them\n',
    })
    expect((await line.run(['read', 'ssh/hosts/wbe-1'])).code).to.equal(2)
  })

  for (const name of ['hosts list', 'hosts show', 'hosts disable', 'hosts enable'])
    it(`have examples of ${name} that a sysadmin can run`, async () => {
      for (const ended of await runExamples(line, name, { token: sysadmin }))
        expect(ended.code, ended.err).to.equal(0)
    })
})
