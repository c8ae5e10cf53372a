import { expect } from 'chai'
import { ReadCache } from '../../../engine/storage/read-cache.ts'

const entry = (bytes: number) => ({ value: Buffer.alloc(bytes, 1), version: '1' })

describe('ReadCache', () => {
  it('knows what was found, and that nothing was', () => {
    const cache = new ReadCache()
    const found = entry(3)
    cache.put('a', found)
    cache.put('b', undefined)
    expect(cache.get('a')).to.deep.equal({ entry: found })
    expect(cache.get('b')).to.deep.equal({ entry: undefined })
    expect(cache.get('c')).to.equal(undefined)
  })

  it('forgets the least recently used, when there is too much', () => {
    const cache = new ReadCache()
    for (let at = 0; at < 1000; at++) cache.put(String(at), entry(1))
    cache.get('0')
    cache.put('more', entry(1))
    expect(cache.get('0')).not.to.equal(undefined)
    expect(cache.get('1')).to.equal(undefined)
  })

  it('does not keep large values, nor what they replace', () => {
    const cache = new ReadCache()
    cache.put('a', entry(16_384))
    expect(cache.get('a')).not.to.equal(undefined)
    cache.put('a', entry(16_385))
    expect(cache.get('a')).to.equal(undefined)
  })

  it('forgets what it is told to', () => {
    const cache = new ReadCache()
    cache.put('a', entry(1))
    cache.put('b', entry(1))
    cache.forget(['a'])
    expect(cache.get('a')).to.equal(undefined)
    expect(cache.get('b')).not.to.equal(undefined)
  })
})
