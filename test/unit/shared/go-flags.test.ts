import { expect } from 'chai'
import { goFlag } from '../../../shared/go-flags.ts'

const isSwitch = (name: string) => name === 'force'

describe('Go-style flags', () => {
  for (const [words, flag] of [
    [['-out=x', 'y'], { name: 'out', value: 'x', size: 1 }],
    [['--out=x'], { name: 'out', value: 'x', size: 1 }],
    [['-out', 'x'], { name: 'out', value: 'x', size: 2 }],
    [['--out', '-x'], { name: 'out', value: '-x', size: 2 }],
    [['-out=a=b'], { name: 'out', value: 'a=b', size: 1 }],
    [['-out='], { name: 'out', value: '', size: 1 }],
    [['-out=a\nb'], { name: 'out', value: 'a\nb', size: 1 }],
    [['-out'], { name: 'out', value: undefined, size: 1 }],
    [['-force', 'x'], { name: 'force', value: undefined, size: 1 }],
    [['-force=false'], { name: 'force', value: 'false', size: 1 }],
    [['x', '-out'], undefined],
    [['-', 'x'], undefined],
    [['--', '-out'], undefined],
    [['---out'], undefined],
    [['-=x'], undefined],
    [[''], undefined],
    [[], undefined],
  ] as const)
    it(`reads ${JSON.stringify(words)}`, () => {
      expect(goFlag(words, isSwitch)).to.deep.equal(flag)
    })
})
