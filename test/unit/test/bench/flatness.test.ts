import { expect } from 'chai'
import { flatness, type Slice } from '../../../bench/flatness.ts'

const SLICE: Slice = { mebibytes: 200, descriptors: 40, cpu: 900, p50: 5, p99: 20 }
const LENGTH = 80

const run = (of: (at: number) => Partial<Slice>) =>
  flatness(Array.from({ length: LENGTH }, (_, at) => ({ ...SLICE, ...of(at) })))

/** Between -1 and 1, without a trend, and the same in every run. */
const noise = (at: number) => Math.sin(at * at)

describe('The flatness of a long run', () => {
  it('is there where nothing grows', () => {
    expect(run(() => ({})).isFlat).to.equal(true)
  })

  it('is there where only the beginning differs', () => {
    expect(run(at => (at < 20 ? { mebibytes: 50 + at, cpu: 3000 } : {})).isFlat).to.equal(true)
  })

  it('is there where values vary, and some are far off', () => {
    const noisy = (at: number) => ({
      mebibytes: 200 + 30 * noise(at),
      p50: 5 + noise(at),
      p99: at % 7 === 0 ? 400 : 20 + 5 * noise(at),
    })
    expect(run(noisy).text).not.to.match(/NOT FLAT/)
  })

  it('is there where other programs slow the engine down for the second half, but for moments', () => {
    const slowed = (at: number) => (at > 40 && at % 8 > 0 ? { p50: 15, cpu: 1200 } : {})
    expect(run(slowed).isFlat).to.equal(true)
  })

  it('is there where something shrinks', () => {
    expect(run(at => ({ mebibytes: 300 - at })).isFlat).to.equal(true)
  })

  it('is not there where memory leaks, however much it varies', () => {
    const leaking = run(at => ({ mebibytes: 200 + at + 20 * noise(at) }))
    expect(leaking.text).to.match(/^mebibytes.*NOT FLAT$/m)
    expect(leaking.isFlat).to.equal(false)
  })

  it('is not there where anything else grows', () => {
    for (const [name, typical] of Object.entries(SLICE)) {
      const grown = run(at => ({ [name]: typical * (1 + (2 * at) / LENGTH) }))
      expect(grown.text).to.match(new RegExp(`^${name}.*NOT FLAT$`, 'm'))
    }
  })

  it('is not there after a step, early or late', () => {
    for (const from of [35, 50, 65])
      expect(run(at => (at < from ? {} : { descriptors: 50 })).text).to.match(
        /^descriptors.*NOT FLAT$/m,
      )
  })

  it('cannot be told of a run that is too short', () => {
    expect(flatness(Array(20).fill(SLICE))).to.deep.equal({
      text: 'too short to tell',
      isFlat: false,
    })
  })
})
