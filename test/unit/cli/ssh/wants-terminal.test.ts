import { expect } from 'chai'
import { wantsTerminal } from '../../../../engine/cli/ssh/wants-terminal.ts'

describe('wantsTerminal', () => {
  const cases = [
    // words, with a terminal as stdin, without
    ['h', true, false],
    ['h id', false, false],
    ['-t h id', true, false],
    ['h -t -t id', true, true],
    ['-tt h id', true, true],
    ['-ttT h', false, false],
    ['-T h', false, false],
    ['-N h', false, false],
    ['-n h', false, false],
    ['-f -tt h id', true, true],
    ['-W a:22 h', false, false],
    ['h -s sftp', false, false],
    ['-o RequestTTY=force h id', true, true],
    ['-oRequestTTY=yes h id', true, false],
    ['-o RequestTTY=no h', false, false],
    ['-v -p 22 h', true, false],
  ] as const
  for (const [words, atTerminal, elsewhere] of cases)
    it(words, () => {
      const wants = [true, false].map(isTerminal => wantsTerminal(words.split(' '), isTerminal))
      expect(wants).to.deep.equal([atTerminal, elsewhere])
    })
})
