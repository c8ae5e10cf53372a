import { expect } from 'chai'
import { Invalid } from '../../../shared/invalid.ts'
import { parsePin } from '../../../shared/tls.ts'

describe('A pin', () => {
  const bytes = Buffer.from(Array.from({ length: 32 }, (_, at) => 255 - at * 7))
  const [base64, hex] = [bytes.toString('base64'), bytes.toString('hex')]

  for (const [what, text] of Object.entries({
    'in base64': base64,
    'in base64 without its end': base64.replace('=', ''),
    'as curl writes it': `sha256//${base64}`,
    'after sha256/': `sha256/${base64}`,
    'in base64 for URLs': bytes.toString('base64url'),
    'in hexadecimal': hex,
    'in hexadecimal with colons': hex.toUpperCase().replace(/..(?=.)/g, '$&:'),
  }))
    it(`is read ${what}`, () => {
      expect(parsePin(text)).to.deep.equal(bytes)
    })

  for (const text of [
    '',
    base64.slice(1),
    `${base64}A`,
    hex.slice(2),
    `${hex}00`,
    `sha1/${base64}`,
    ` ${base64}`,
  ])
    it(`is not a text of ${text.length} characters such as ${text.slice(0, 6)}`, () => {
      expect(() => parsePin(text)).to.throw(Invalid)
    })
})
