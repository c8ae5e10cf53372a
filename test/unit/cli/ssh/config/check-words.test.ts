import { expect } from 'chai'
import { flagIn, parseCheckWords } from '../../../../../engine/cli/ssh/config/check-words.ts'

const parse = (host: string, user = 'ann', port = '22') =>
  parseCheckWords(['-directory=/a', '-role=web', '--', host, user, port])

describe('The words of ssh -check', () => {
  it('are a login', () => {
    const asked = parse('web.example.com')
    expect(asked).to.include({ host: 'web.example.com', user: 'ann', port: '22' })
    expect(asked && flagIn(asked, 'role')).to.equal('web')
    expect(asked && flagIn(asked, 'mode')).to.equal(undefined)
  })

  for (const host of ['10.1.2.3', 'fd77::1', 'fe80::1%eth0', 'web_1', 'a'])
    it(`may have the host ${host}`, () => expect(parse(host)).to.include({ host }))

  for (const host of [
    '',
    '-oProxyCommand=id',
    'a;id',
    "a'b",
    'a b',
    'a$(id)',
    'a\nb',
    'a/b',
    'ä',
    '*',
  ])
    it(`may not have the host ${JSON.stringify(host)}`, () =>
      expect(parse(host)).to.equal(undefined))

  for (const user of ['', '-l', 'a;id', "a'b", 'a b', 'a`id`', 'a\\b', 'a/b'])
    it(`may not have the user ${JSON.stringify(user)}`, () =>
      expect(parse('web', user)).to.equal(undefined))

  for (const port of ['', '22;', '-1', '222222'])
    it(`may not have the port ${JSON.stringify(port)}`, () =>
      expect(parse('web', 'ann', port)).to.equal(undefined))

  it('are nothing if there are more, or fewer', () => {
    expect(parseCheckWords(['--', 'web', 'ann'])).to.equal(undefined)
    expect(parseCheckWords(['--', 'web', 'ann', '22', 'more'])).to.equal(undefined)
    expect(parseCheckWords(['web', 'ann', '22'])).to.equal(undefined)
  })
})
