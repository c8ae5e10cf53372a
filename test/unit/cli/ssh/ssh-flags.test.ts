import { expect } from 'chai'
import { sshWords } from '../../../../engine/cli/ssh/ssh-flags.ts'

describe('Options of ssh', () => {
  for (const [words, count] of [
    [['-p', '22', 'web'], 2],
    [['-p22', 'web'], 1],
    [['-tt', 'web'], 1],
    [['-oX=y', 'web'], 1],
    [['-oForwardX11 no', 'web'], 1],
    [['-vNL', '8080:a:80', 'web'], 2],
    [['-o', '-role=x'], 2],
    [['-4AX'], 1],
    [['-l'], 1],
    [['-ttl=1m', 'web'], 0],
    [['-vNl', '=1m'], 2],
    [['-z'], 0],
    [['-vz'], 0],
    [['--port', '22'], 0],
    [['--'], 0],
    [['-'], 0],
    [['web'], 0],
    [[], 0],
  ] as const)
    it(`take ${count} of ${JSON.stringify(words)}`, () => {
      expect(sshWords(words)).to.equal(count)
    })
})
