import { expect } from 'chai'
import { parseSshArguments } from '../../../../engine/cli/ssh/ssh-arguments.ts'

const parse = (words: readonly string[]) => {
  const { options, ...rest } = parseSshArguments(words)
  const given = Object.entries({ ...rest, ...(options.size > 0 && { options: [...options] }) })
  return Object.fromEntries(given.filter(([, value]) => value !== undefined))
}

describe('Words for ssh', () => {
  for (const [words, found] of [
    [['10.1.2.3'], { host: '10.1.2.3' }],
    [['alice@web'], { host: 'web', user: 'alice' }],
    [['alice@corp@web'], { host: 'web', user: 'alice@corp' }],
    [['web', 'ls', '-l', '-p', '9'], { host: 'web' }],
    [['-p', '2222', 'web'], { host: 'web', port: '2222' }],
    [['web', '-p2222', 'ls'], { host: 'web', port: '2222' }],
    [['-vvp', '2222', 'web', '-v'], { host: 'web', port: '2222' }],
    [['-l', 'bob', 'web'], { host: 'web', user: 'bob' }],
    [['-l', 'bob', 'alice@web'], { host: 'web', user: 'alice' }],
    [['-o', 'Port=22', 'web'], { host: 'web', port: '22', options: ['port'] }],
    [
      ['-oport 22', '-o', 'user = bob', 'web'],
      { host: 'web', port: '22', user: 'bob', options: ['port', 'user'] },
    ],
    [['-p', '1', '-o', 'Port=2', 'web'], { host: 'web', port: '1', options: ['port'] }],
    [['-4', 'web'], { host: 'web', family: 4 }],
    [['-6N', 'web', '-L', '8080:localhost:80'], { host: 'web', family: 6 }],
    [
      ['-i', 'key', '-J', 'jump', '-F', 'file', 'web', 'true'],
      { host: 'web', options: ['identityfile', 'proxyjump'] },
    ],
    [['-P', 'tag', '-B', 'eth0', 'web'], { host: 'web' }],
    [['--', 'web', '-p', '22'], { host: 'web', port: '22' }],
    [['ssh://alice@web:2222'], { host: 'web', user: 'alice', port: '2222' }],
    [['ssh://[::1]'], { host: '::1' }],
    [['alice@::1'], { host: '::1', user: 'alice' }],
  ] as const)
    it(`are understood: ${words.join(' ')}`, () => {
      expect(parse(words)).to.deep.equal(found)
    })

  it('must name a host', () => {
    expect(() => parse(['-p', '22'])).to.throw('no host was given')
    expect(() => parse(['alice@'])).to.throw('no host was given')
  })
})
