import { generateKeyPairSync } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { chained } from '../../../../engine/audit/chain.ts'
import { type Search, searchFile } from '../../../../engine/audit/search/search-file.ts'
import { printableJson } from '../../../../shared/printable-json.ts'
import { cases } from '../../../support/cases.ts'

const START = Date.UTC(2026, 0, 1)
const at = (minutes: number) => new Date(START + minutes * 60_000)

const WANTED: Search = { conditions: { all: false }, values: [], text: '', limit: 100, after: '' }

/** A line of a log; whether its position is right does not matter here. */
const lineOf = (minute: number, more: object = {}) =>
  chained(
    printableJson({
      time: at(minute).toISOString(),
      type: 'response',
      request: { path: `ssh/creds/r${minute}`, remote_address: '10.0.0.1' },
      outcome: 'ok',
      ...more,
    }),
    { id: '0'.repeat(16), seq: minute, prev: '0'.repeat(64) },
  )

describe('A search in the file of an audit log', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-search-'))
  after(() => rmSync(folder, { recursive: true }))

  /** What is found in a file with this content, from its end on and page by page. */
  function found(content: Buffer | string, wanted: Partial<Search> = {}, most?: object) {
    const path = join(folder, 'audit.log')
    writeFileSync(path, content)
    const file = openSync(path, 'r')
    try {
      const limits = most && { bytes: 1e9, milliseconds: 1e6, ...most }
      const pages = [searchFile(file, { ...WANTED, ...wanted }, limits)]
      for (let next = pages[0]?.next; next !== undefined; next = pages.at(-1)?.next)
        pages.push(searchFile(file, { ...WANTED, ...wanted, after: next }, limits))
      const roles = pages.flatMap(({ entries }) => entries.map(({ role }) => role))
      return { pages, roles }
    } finally {
      closeSync(file)
    }
  }

  const minutes = (count: number, more: object = {}) =>
    Buffer.concat(Array.from({ length: count }, (_, minute) => lineOf(minute, more)))
  const newestFirst = (first: number, last: number) =>
    Array.from({ length: first - last + 1 }, (_, index) => `r${first - index}`)

  it('gives each line once, the newest first, whatever the size of the pages', () => {
    const long = minutes(5000, { note: 'x'.repeat(600) })
    for (const limit of [1000, 999, 4999, 5000, 5001])
      expect(found(long, { limit }).roles).to.deep.equal(newestFirst(4999, 0))
    const { pages, roles } = found(long, {}, { bytes: 1 })
    expect(roles).to.deep.equal(newestFirst(4999, 0))
    // each read one block, or found as many as it may
    expect(pages.length).to.be.above(4)
    expect(found(long, { limit: 5000 }, { milliseconds: 0 }).pages.length).to.be.within(4, 8)
  })

  it('reads only as much as a time needs', () => {
    const long = minutes(5000, { note: 'x'.repeat(600) })
    const since = { all: false, since: at(4990).getTime() }
    const { pages, roles } = found(long, { conditions: since })
    expect(roles).to.deep.equal(newestFirst(4999, 4990))
    expect(pages).to.have.length(1)
    expect(pages[0]?.searched.bytes).to.be.below(long.length)
    const early = found(long, { conditions: { all: false, until: at(9).getTime() } })
    expect(early.roles).to.deep.equal(newestFirst(9, 0))
    expect(early.pages[0]?.searched.bytes).to.be.below(long.length / 2)
    const between = { all: false, since: at(2000).getTime(), until: at(2001).getTime() }
    expect(found(long, { conditions: between }).roles).to.deep.equal(['r2001', 'r2000'])
  })

  it('finds a line that the clock has put before another, within two minutes', () => {
    const lines = [lineOf(10), lineOf(9), lineOf(11), lineOf(30)]
    const conditions = { all: false, since: at(10).getTime(), until: at(12).getTime() }
    expect(found(Buffer.concat(lines), { conditions }).roles).to.deep.equal(['r11', 'r10'])
  })

  const ODD: readonly (readonly [string, Buffer | string])[] = [
    ['nothing', ''],
    ['a line end', '\n'],
    ['line ends alone', '\n'.repeat(10_000)],
    ['zeros', Buffer.alloc(3_000_000)],
    ['a line that is longer than a block', `"${'x'.repeat(3_000_000)}"\n`],
    ['brackets', `${'['.repeat(200_000)}\n`],
    ['a line that was never ended', lineOf(1).subarray(0, -1)],
    ['a torn line', lineOf(1).subarray(0, 50)],
    ['no object', 'null\n"x"\n5\n[]\n'],
    ['members of other types', '{"time":5,"type":"response","request":[],"auth":"x"}\n'],
    ['members of every object', '{"__proto__":{"type":"response"},"toString":1}\n'],
  ]
  for (const [what, bytes] of cases(ODD))
    it(`leaves out ${what} between lines`, () => {
      const middle = Buffer.concat([lineOf(1), Buffer.from(bytes), Buffer.from('\n'), lineOf(2)])
      expect(found(middle).roles.slice(0, 1)).to.deep.equal(['r2'])
      expect(found(middle).roles.at(-1)).to.equal('r1')
      const ending = Buffer.concat([lineOf(1), Buffer.from(bytes)])
      expect(found(ending).roles).to.deep.equal(['r1'])
      expect(found(Buffer.from(bytes)).roles).to.deep.equal([])
    })

  it('counts a line that has no place in the chain, and does not show it', () => {
    const forged = `${printableJson({ time: at(2).toISOString(), type: 'response' })}\n`
    const { pages } = found(Buffer.concat([lineOf(1), Buffer.from(forged)]))
    expect(pages[0]).to.deep.include({ searched: { ...pages[0]?.searched, unchained: 1 } })
    expect(pages[0]?.entries).to.have.length(1)
  })

  it('finds a text as it is in JSON', () => {
    const { publicKey } = generateKeyPairSync('ed25519')
    const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string
    const odd = Buffer.concat([lineOf(1, { auth: { display_name: 'a"b\\\u0085' } }), lineOf(2)])
    expect(found(odd, { conditions: { all: false, by: 'a"b\\\u0085' } }).roles).to.deep.equal([
      'r1',
    ])
    expect(found(odd, { text: 'a"b' }).roles).to.deep.equal(['r1'])
    expect(found(minutes(1, { key: pem }), { values: ['none', pem] }).roles).to.deep.equal(['r0'])
  })

  for (const after of ['x', '1-2', '-1-2-3', '1-2-99999999999999999', '0-0-0'])
    it(`refuses to go on after ${after}`, () =>
      expect(() => found(minutes(1), { after })).to.throw(/after/))
})
