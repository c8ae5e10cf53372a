import { expect } from 'chai'
import fc from 'fast-check'
import { parseKeyOptions } from '../../../engine/openssh/key-options.ts'
import { Invalid } from '../../../shared/invalid.ts'

describe('Options of an installed key', () => {
  for (const [text, options] of [
    ['', []],
    ['no-pty', ['no-pty']],
    ['no-pty,no-X11-forwarding', ['no-pty', 'no-X11-forwarding']],
    ['from="10.0.0.0/8,!10.1.0.0/16"', ['from="10.0.0.0/8,!10.1.0.0/16"']],
    ['command="echo \\"a b\\", c",restrict', ['command="echo \\"a b\\", c"', 'restrict']],
  ] as const)
    it(`are read from ${JSON.stringify(text)}`, () =>
      expect(parseKeyOptions(text)).to.deep.equal(options))

  for (const [why, text] of [
    ['a line of its own', 'no-pty\nssh-rsa AAAA'],
    ['a carriage return', 'no-pty\r'],
    ['a NUL', 'no-pty\0'],
    ['a space behind an option', 'no-pty ssh-rsa AAAA'],
    ['an open quote', 'command="true'],
    ['a backslash before the last quote', 'command="true\\"'],
    ['an escape that sshd does not know', 'command="a\\nb"'],
    ['two backslashes before a quote', 'command="a\\\\"'],
    ['no value', 'command'],
    ['a value without quotes', 'command=true'],
    ['a value that has no place', 'no-pty="x"'],
    ['a key that signs for others', 'cert-authority'],
    ['principals', 'principals="root"'],
    ['an option nobody knows', 'no-such-option'],
    ['a comma at the end', 'no-pty,'],
    ['two commas', 'no-pty,,restrict'],
    ['letters that are not ASCII', 'command="ü"'],
  ] as const)
    it(`are refused for ${why}`, () => expect(() => parseKeyOptions(text)).to.throw(Invalid))

  it('are refused or come out as they are understood, whatever is in them', () =>
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'",\\= \nab', 'no-pty', 'command="') }),
        text => {
          let options: readonly string[]
          try {
            options = parseKeyOptions(text)
          } catch (error) {
            return error instanceof Invalid
          }
          const line = options.join(',')
          return afterOptions(`${line} ssh-ed25519 AAAA`) === 'ssh-ed25519 AAAA' || line === ''
        },
      ),
      { numRuns: 5000 },
    ))
})

/** Where sshd sees the options end: at the first blank outside of quotes. auth2-pubkeyfile.c, sshkey_advance_past_options. */
function afterOptions(line: string): string {
  let quoted = false
  let at = 0
  for (; at < line.length && (quoted || !' \t'.includes(line[at]!)); at++) {
    if (line[at] === '\\' && line[at + 1] === '"') at++
    else if (line[at] === '"') quoted = !quoted
  }
  return line.slice(at).trim()
}
