import { expect } from 'chai'
import { readSeal } from '../../../engine/config/seal-settings.ts'
import { Invalid } from '../../../shared/invalid.ts'

describe('readSeal', () => {
  const read = (given: Partial<Parameters<typeof readSeal>[0]>) =>
    readSeal(
      { type: 'shamir', path: undefined, credential: undefined, disabled: false, ...given },
      problem => new Invalid(problem),
    )

  it('leaves unsealing to operators where nothing is said', () => {
    expect(read({})).to.deep.equal({ type: 'shamir' })
  })

  it('reads where the keys of the engine are', () => {
    expect(read({ type: 'file', path: '/etc/postern/seal.key' })).to.deep.equal({
      type: 'file',
      path: '/etc/postern/seal.key',
    })
    expect(read({ type: 'file', credential: 'seal-key' })).to.deep.equal({
      type: 'file',
      credential: 'seal-key',
    })
  })

  it('leaves unsealing to operators where the seal with keys is disabled', () => {
    expect(read({ type: 'file', path: '/etc/postern/seal.key', disabled: true })).to.deep.equal({
      type: 'shamir',
      disabled: { type: 'file', path: '/etc/postern/seal.key' },
    })
  })

  for (const [what, given] of [
    ['a disabled seal without keys', { disabled: true }],
    ['no place for the keys', { type: 'file' }],
    ['a relative path', { type: 'file', path: 'seal.key' }],
    ['two places', { type: 'file', path: '/a', credential: 'b' }],
    ['a credential that leads elsewhere', { type: 'file', credential: '../a' }],
    ['a path that would not be used', { path: '/a' }],
  ] as const)
    it(`refuses ${what}`, () => {
      expect(() => read(given)).to.throw(Invalid)
    })
})
