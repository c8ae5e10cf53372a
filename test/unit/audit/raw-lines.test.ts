import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { rawLines } from '../../../engine/audit/raw-lines.ts'

describe('rawLines', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-lines-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  async function lengths(file: string) {
    const found: number[] = []
    for await (const { bytes } of rawLines(file)) found.push(bytes.length)
    return found
  }

  /** A file with one line of so many MB between two others. */
  function long(megabytes: number) {
    const path = join(folder, `${megabytes}`)
    const file = openSync(path, 'w')
    writeSync(file, 'a\n')
    for (let each = 0; each < megabytes; each++) writeSync(file, Buffer.alloc(1_000_000, 'x'))
    writeSync(file, '\nb')
    closeSync(file)
    return path
  }

  it('gives lines with their ends, and the last one as it is', async () => {
    const path = join(folder, 'log')
    writeFileSync(path, `a\n\n${'b'.repeat(600_000)}\nc`)
    expect(await lengths(path)).to.deep.equal([2, 1, 600_001, 1])
    writeFileSync(`${path}.gz`, gzipSync(`a\n\n${'b'.repeat(600_000)}\nc`))
    expect(await lengths(`${path}.gz`)).to.deep.equal([2, 1, 600_001, 1])
  })

  it('keeps no more than the beginning of a line that is none of ours', async () => {
    const found = await lengths(long(100))
    expect(found).to.have.length(3)
    expect(found[1]).to.be.within(16_777_216, 17_300_000)
    expect(found[2]).to.equal(1)
  })

  it('copies a line once, however many parts it comes in', async () => {
    const { concat } = Buffer
    let copied = 0
    Buffer.concat = (parts, length) => {
      const made = concat(parts, length)
      copied += made.length
      return made
    }
    try {
      await lengths(long(15))
    } finally {
      Buffer.concat = concat
    }
    // its end, and the byte after it
    expect(copied).to.equal(15_000_002)
  })
})
