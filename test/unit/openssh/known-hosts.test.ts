import { expect } from 'chai'
import {
  knownName,
  parseKnownHosts,
  requireKnownHosts,
} from '../../../engine/openssh/known-hosts.ts'
import { publicKeyLine } from '../../../engine/openssh/public-key.ts'
import { Invalid } from '../../../shared/invalid.ts'
import { Keygen } from '../../support/keygen.ts'

describe('A known_hosts text', () => {
  const keygen = new Keygen()
  const { line } = keygen.key('-t', 'ed25519')
  after(() => keygen[Symbol.dispose]())

  const matching = (text: string, address: string, port = 22) =>
    parseKnownHosts(text).filter(each => each.matches(knownName(address, port)))

  for (const [why, names, address, port, known] of [
    ['the address itself', '10.0.0.1', '10.0.0.1', 22, true],
    ['another address', '10.0.0.1', '10.0.0.2', 22, false],
    ['a longer address', '10.0.0.1', '10.0.0.10', 22, false],
    ['one of several', 'web,10.0.0.1', '10.0.0.1', 22, true],
    ['a port', '[10.0.0.1]:2222', '10.0.0.1', 2222, true],
    ['another port', '10.0.0.1', '10.0.0.1', 2222, false],
    ['IPv6', 'fd77::1', 'fd77::1', 22, true],
    ['a wildcard', '10.0.0.*', '10.0.0.77', 22, true],
    ['any character', '10.0.?.1', '10.0.0.1', 22, true],
    ['two wildcards', '*.0.*', '10.0.0.77', 22, true],
    ['a wildcard that is nothing', '10.0.0.1*', '10.0.0.1', 22, true],
    ['another end', '*.2', '10.0.0.21', 22, false],
    // an expression with as many would be at it for days
    ['no end of wildcards', `${'*.*'.repeat(40)}x`, 'fd77::1.1.1.1.1.1.1.1.1.1.1.1.1', 22, false],
    ['a dot that is only a dot', '10.0.0.1', '10a0.0.1', 22, false],
    ['an exception', '10.0.0.*,!10.0.0.7', '10.0.0.7', 22, false],
  ] as const)
    it(`${known ? 'knows' : 'does not know'} ${why}`, () => {
      const found = matching(`${names} ${line} somebody\n`, address, port)
      expect(found.map(each => publicKeyLine(each.key()))).to.deep.equal(known ? [line] : [])
    })

  it('knows hosts by the hash of their names, as ssh-keygen -H makes it', () => {
    const file = keygen.write('hashed', `10.0.0.1 ${line}\n[10.0.0.2]:2222 ${line}\n`)
    keygen.run('-H', '-f', file)
    const text = keygen.read(file)
    expect(text).to.match(/^\|1\|/)
    expect(matching(text, '10.0.0.1').length).to.equal(1)
    expect(matching(text, '10.0.0.2', 2222).length).to.equal(1)
    expect(matching(text, '10.0.0.2').length).to.equal(0)
  })

  it('tells which keys are revoked, and heeds no comments', () =>
    expect(
      matching(`# 10.0.0.1\n\n@revoked * ${line}\n`, '10.0.0.1').map(each => each.revoked),
    ).to.deep.equal([true]))

  for (const [why, text] of [
    ['an authority', `@cert-authority * ${line}`],
    ['a marker nobody knows', `@other * ${line}`],
    ['no key', '10.0.0.1'],
    ['half a key', `10.0.0.1 ${line.slice(0, 40)}`],
    ['a broken hash', `|1|abc ${line}`],
  ] as const)
    it(`is refused for ${why}`, () => expect(() => requireKnownHosts(text)).to.throw(Invalid))
})
