import { expect } from 'chai'
import fc from 'fast-check'
import { pack, unpack } from '../../../engine/storage/sqlite-message.ts'

const entries = <T>(value: fc.Arbitrary<T>) =>
  fc.array(fc.tuple(fc.string(), value)).map(pairs => new Map(pairs))

const batch = fc.record({
  reads: entries(fc.option(fc.string(), { nil: undefined })),
  writes: entries(fc.option(fc.uint8Array(), { nil: undefined })),
})

describe('a message to the thread that writes', () => {
  it('says what the batches in it say', () => {
    fc.assert(
      fc.property(fc.array(batch), batches => {
        const plain = batches.map(({ reads, writes }) => ({
          reads: [...reads],
          writes: [...writes],
        }))
        expect(unpack(structuredClone(pack(batches)))).to.deep.equal(plain)
      }),
    )
  })

  it('leaves the values with those who sent them', () => {
    const value = Buffer.from('value')
    const message = pack([{ reads: new Map(), writes: new Map([['key', value]]) }])
    structuredClone(message, { transfer: [message.values.buffer] })
    expect(value.toString()).to.equal('value')
  })
})
