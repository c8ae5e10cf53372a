import { expect } from 'chai'
import { fitsGlob } from '../../../shared/glob.ts'

describe('A pattern', () => {
  const FITS = [
    ['web-1', 'web-1'],
    ['*', ''],
    ['*', 'web'],
    ['web-*', 'web-'],
    ['web-*', 'web-1'],
    ['*.eu', 'web.eu'],
    ['a*b*c', 'abc'],
    ['a*b*c', 'axbxbxc'],
    ['**', 'x'],
  ] as const
  for (const [pattern, text] of FITS)
    it(`${pattern} fits ${JSON.stringify(text)}`, () =>
      expect(fitsGlob(pattern, text)).to.equal(true))

  const OTHERS = [
    ['', 'x'],
    ['web-1', 'web-12'],
    ['web-*', 'web'],
    ['*.eu', 'web.eu.com'],
    ['ab*ba', 'aba'],
    ['a*b*c', 'acb'],
    ['w.b', 'web'],
    ['*a*b', 'b'],
  ] as const
  for (const [pattern, text] of OTHERS)
    it(`${pattern || 'an empty one'} does not fit ${text}`, () =>
      expect(fitsGlob(pattern, text)).to.equal(false))
})
