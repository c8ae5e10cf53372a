import { expect } from 'chai'
import { ReadCache } from '../../../engine/storage/read-cache.ts'

const entry = (bytes: number) => ({ value: Buffer.alloc(bytes, 1), version: '1' })

describe('ReadCache', () => {
  it('knows what was found, and that nothing was', () => {
    const recall = new ReadCache()
    const found = entry(3)
    recall.put('a', found)
    recall.put('b', undefined)
    expect(recall.get('a')).to.deep.equal({ entry: found })
    expect(recall.get('b')).to.deep.equal({ entry: undefined })
    expect(recall.get('c')).to.equal(undefined)
  })

  it('forgets the least recently used, when there is too much', () => {
    const recall = new ReadCache()
    for (let at = 0; at < 1000; at++) recall.put(String(at), entry(1))
    recall.get('0')
    recall.put('more', entry(1))
    expect(recall.get('0')).not.to.equal(undefined)
    expect(recall.get('1')).to.equal(undefined)
  })

  it('does not keep large values, nor what they replace', () => {
    const recall = new ReadCache()
    recall.put('a', entry(16_384))
    expect(recall.get('a')).not.to.equal(undefined)
    recall.put('a', entry(16_385))
    expect(recall.get('a')).to.equal(undefined)
  })

  it('forgets what it is told to', () => {
    const recall = new ReadCache()
    recall.put('a', entry(1))
    recall.put('b', entry(1))
    recall.forget(['a'])
    expect(recall.get('a')).to.equal(undefined)
    expect(recall.get('b')).not.to.equal(undefined)
  })
})
