import { expect } from 'chai'
import { flatness, type Slice } from '../../../bench/flatness.ts'

const SLICE: Slice = { perSecond: 100, cpu: 900, p50: 5, p99: 20, mebibytes: 200, descriptors: 40 }
const run = (of: (at: number) => Partial<Slice>) =>
  flatness(Array.from({ length: 40 }, (_, at) => ({ ...SLICE, ...of(at) })))

describe('The flatness of a long run', () => {
  it('is there where nothing grows, and where only the beginning differs', () => {
    expect(run(() => ({})).isFlat).to.equal(true)
    expect(run(at => (at < 8 ? { mebibytes: 50 } : {})).isFlat).to.equal(true)
  })

  it('is not there where memory, descriptors or waiting grow', () => {
    expect(run(at => ({ mebibytes: 200 + at * 10 })).text).to.match(/^mebibytes.*NOT FLAT$/m)
    expect(run(at => ({ descriptors: 40 + at })).text).to.match(/^descriptors.*NOT FLAT$/m)
    expect(run(at => ({ cpu: 900 + at * 90 })).text).to.match(/^cpu.*NOT FLAT$/m)
    expect(run(at => ({ p50: 5 + at ** 2 })).text).to.match(/^p50.*NOT FLAT$/m)
  })

  it('cannot be told of a run that is too short', () => {
    expect(flatness([SLICE]).isFlat).to.equal(false)
  })
})
