import { expect } from 'chai'
import { nearest } from '../../../shared/nearest.ts'

describe('What was probably meant', () => {
  const WORDS = ['read', 'write', 'mounts', 'operator', 'token create', 'secrets list']
  for (const [typed, meant] of [
    ['wrte', 'write'],
    ['raed', 'read'],
    ['READ', 'read'],
    ['operatr', 'operator'],
    ['token creat', 'token create'],
    ['secret lst', 'secrets list'],
    ['events', undefined],
    ['frobnicate', undefined],
    ['x', undefined],
  ] as const)
    it(`is ${meant ?? 'nothing'} for ${typed}`, () => {
      expect(nearest(typed, WORDS)).to.equal(meant)
    })
})
