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

  it('takes time by the length of a line, not by its square', async function () {
    this.timeout(60_000)
    const once = async (path: string) => {
      const begun = performance.now()
      await lengths(path)
      return performance.now() - begun
    }
    // the shortest of several, since the machine may do other work meanwhile
    const time = async (path: string) =>
      Math.min(await once(path), await once(path), await once(path))
    const [short, twentyTimes] = [long(10), long(200)]
    await time(short)
    const ratio = (await time(twentyTimes)) / (await time(short))
    // by the square it would be 400
    expect(ratio).to.be.below(120)
  })
})
