import { expect } from 'chai'
import { nearest } from '../../../engine/cli/nearest.ts'

describe('What was probably meant', () => {
  const WORDS = ['read', 'write', 'token create', 'secrets list']
  for (const [typed, meant] of [
    ['wrte', 'write'],
    ['raed', 'read'],
    ['token creat', 'token create'],
    ['secret lst', 'secrets list'],
    ['frobnicate', undefined],
    ['x', undefined],
  ] as const)
    it(`is ${meant ?? 'nothing'} for ${typed}`, () => {
      expect(nearest(typed, WORDS)).to.equal(meant)
    })
})
