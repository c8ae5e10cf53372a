import { expect } from 'chai'
import { assert, constantFrom, property, tuple } from 'fast-check'
import { isOtpShaped, newOtp, readOtp } from '../../../shared/otp.ts'

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const SYMBOLS = 18

const isRight = (symbols: readonly string[]) => readOtp(symbols.join(''))?.canonical !== undefined

/** Sets the symbol at `index` so that all of them are a password. */
function completed(symbols: readonly string[], index: number): string[] {
  const last = [...ALPHABET].find(each => isRight(symbols.with(index, each)))
  if (last === undefined) throw new Error(`no symbol completes ${symbols.join('')}`)
  return symbols.with(index, last)
}

const symbolsOf = (otp: string) => [...otp.replaceAll('-', '')]

describe('A one-time password that people type', () => {
  it('is three groups of six letters and digits, in the form in which the engine stores it', () => {
    const all = Array.from({ length: 500 }, () => newOtp('base32').reveal())
    for (const otp of all) {
      expect(otp).to.match(/^[0-9a-hjkmnp-tv-z]{6}-[0-9a-hjkmnp-tv-z]{6}-[0-9a-hjkmnp-tv-z]{6}$/)
      expect(readOtp(otp)).to.deep.equal({ format: 'base32', canonical: otp })
    }
    expect(new Set(all).size).to.equal(all.length)
  })

  it('has 17 symbols that are random, which is 85 bits', () => {
    const all = Array.from({ length: 1000 }, () => symbolsOf(newOtp('base32').reveal()))
    for (let at = 0; at < SYMBOLS; at++)
      expect(new Set(all.map(symbols => symbols[at])).size, `symbol ${at}`).to.equal(32)
  })

  it('is the same however it is typed', () => {
    const typed: Readonly<Record<string, readonly string[]>> = {
      '0': ['0', 'o', 'O'],
      '1': ['1', 'i', 'I', 'l', 'L'],
    }
    const otp = completed([...'01010101abcdefgh01'], 17).join('')
    const canonical = otp.replace(/(.{6})(?=.)/g, '$1-')
    const ways = [...otp].map(symbol =>
      constantFrom(...(typed[symbol] ?? [symbol, symbol.toUpperCase()])),
    )
    const between = constantFrom('', '-', ' ', '\t', ' - ')
    assert(
      property(tuple(...ways), between, (parts, gap) => {
        expect(readOtp(parts.join(gap))?.canonical).to.equal(canonical)
      }),
    )
  })

  it('is none with any one symbol wrong', () => {
    for (const otp of Array.from({ length: 20 }, () => symbolsOf(newOtp('base32').reveal())))
      for (const [at, right] of otp.entries())
        for (const wrong of ALPHABET)
          expect(isRight(otp.with(at, wrong)), `${wrong} at ${at}`).to.equal(wrong === right)
  })

  it('is none with any two neighbours in each other’s place', () => {
    const random = () => symbolsOf(newOtp('base32').reveal())
    let tried = 0
    for (let at = 0; at + 1 < SYMBOLS; at++)
      for (const first of ALPHABET)
        for (const second of ALPHABET) {
          if (first === second) continue
          const given = random()
            .with(at, first)
            .with(at + 1, second)
          // the last symbol follows from the others, unless it is one of the two
          const otp = completed(given, at + 2 === SYMBOLS ? 0 : SYMBOLS - 1)
          expect(isRight(otp.with(at, second).with(at + 1, first)), otp.join('')).to.equal(false)
          tried++
        }
    expect(tried).to.equal(17 * 32 * 31)
  })

  it('is none with a symbol missing, added or outside the alphabet', () => {
    const otp = newOtp('base32').reveal()
    for (const text of [otp.slice(1), otp.slice(0, -1), `0${otp}`, `${otp}0`, ''])
      expect(readOtp(text)).to.equal(undefined)
    for (const symbol of ['u', 'U', '*', '~', '$', '=', '_', '\u212a', '\u00a0', '\n', '\0'])
      expect(readOtp(otp.slice(0, -1) + symbol), symbol).to.equal(undefined)
  })

  it('tells a typing error from what is no password', () => {
    const otp = symbolsOf(newOtp('base32').reveal())
    const wrong = otp.with(3, otp[3] === '7' ? '8' : '7').join('')
    expect(readOtp(wrong)).to.deep.equal({ format: 'base32', canonical: undefined })
    expect(isOtpShaped(wrong)).to.equal(false)
    expect(readOtp('correct horse')).to.equal(undefined)
  })
})

describe('A one-time password that is a UUID', () => {
  it('is read in any case, and nothing else', () => {
    const otp = newOtp().reveal()
    expect(readOtp(otp.toUpperCase())).to.deep.equal({ format: 'uuid', canonical: otp })
    for (const text of [otp.replaceAll('-', ''), ` ${otp}`, otp.slice(1)])
      expect(readOtp(text)).to.equal(undefined)
  })
})
