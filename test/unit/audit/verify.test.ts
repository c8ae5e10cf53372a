import { appendFileSync, cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import fc from 'fast-check'
import { lockBeside } from '../../../engine/audit/file-lock.ts'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import { auditFile } from '../../support/audit-file.ts'
import { openAudit, say } from '../../support/open-audit.ts'
import { verified } from '../../support/verified.ts'

describe('Verifying an audit log', () => {
  const store = new MemoryStore()
  let log: ReturnType<typeof auditFile>
  beforeEach(() => {
    log = auditFile()
  })
  afterEach(() => log[Symbol.dispose]())

  /** What is found in files, by default the log, with the key of the server. */
  async function verify(files: readonly string[] = [log.file], sought?: string) {
    return verified(files, { key: await openAudit(store).publicKey(), sought })
  }

  /** A server that runs from now until it is closed, and says so many things. */
  async function run(times: number) {
    const audit = openAudit(store, [log.device])
    for (let time = 0; time < times; time++) await say(audit, `line ${time}`)
    await audit.close()
  }

  const textLines = () => readFileSync(log.file, 'utf8').split(/(?<=\n)/)
  const change = (edit: (lines: string[]) => readonly string[]) =>
    writeFileSync(log.file, edit(textLines()).join(''))

  it('finds nothing in a log that was left alone, over restarts', async () => {
    await run(3)
    await run(2)
    expect(await verify()).to.deep.equal({ lines: 9, problems: [], notes: [] })
  })

  for (const [what, edit, problems] of [
    [
      'a changed line',
      lines => lines.map((line, at) => (at === 2 ? line.replace('line 1', 'line 7') : line)),
      [/^4: line 3 of .*audit.log, before this one, has been changed$/],
    ],
    ['a missing line', lines => lines.filter((_, at) => at !== 2), [/^3: 1 line is missing/]],
    [
      'swapped lines',
      ([a, b, c, ...rest]) => [a, c, b, ...rest],
      [/^2: 1 line is missing/, /^3: out of order/, /^4: 1 line is missing/],
    ],
    ['a line that is there twice', ([a, b, ...rest]) => [a, b, b, ...rest], [/^3: out of order/]],
    ['a line from elsewhere', ([a, ...rest]) => [a, 'hello\n', ...rest], [/^2: not a line/]],
    ['an empty line', ([a, ...rest]) => [a, '\n', ...rest], [/^2: not a line/]],
    ['a first line that is missing', ([, ...rest]) => rest, [/^1: a run begins without/]],
    [
      'an end that was cut off before the server was started again',
      lines => [...lines.slice(0, 4), ...lines.slice(5)],
      [/^5: lines are missing before this run/],
    ],
    ['a line behind the end of a run', lines => [...lines, lines[1]], [/^9: out of order/]],
  ] as const satisfies readonly (readonly [
    string,
    (lines: readonly string[]) => readonly (string | undefined)[],
    readonly RegExp[],
  ])[])
    it(`finds ${what}`, async () => {
      await run(3)
      await run(1)
      change(lines => edit(lines).map(String))
      const found = await verify()
      expect(found.problems).to.have.length(problems.length)
      for (const [at, pattern] of problems.entries()) expect(found.problems[at]).to.match(pattern)
    })

  it('finds any byte that is changed', async () => {
    await run(2)
    await run(1)
    const bytes = readFileSync(log.file)
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, by) => {
          const changed = Buffer.from(bytes)
          changed[at] = (bytes[at]! + by) % 256
          writeFileSync(log.file, changed)
          const { problems, notes } = await verify()
          // without its last byte the last line is one that was never finished, which is told, too
          if (at === bytes.length - 1) expect([...problems, ...notes]).to.not.deep.equal([])
          else expect(problems).to.not.deep.equal([])
        },
      ),
      { numRuns: 500 },
    )
  })

  it('finds lines that were made with another key', async () => {
    await run(1)
    await openAudit(new MemoryStore(), [log.device]).reload()
    const other = openAudit(new MemoryStore(), [log.device])
    await say(other, 'x')
    await other.close()
    const { problems } = await verify()
    expect(problems[0]).to.match(/^4: signed with another key/)
  })

  it('says what cannot be known of an end that was cut off, unless the last line is known', async () => {
    await run(2)
    const { hash, head } = await lastLine()
    change(lines => lines.slice(0, -1))
    expect(await verify()).to.deep.equal({
      lines: 3,
      problems: [],
      notes: [
        '3: the run has no end, and its last 2 lines are not signed yet: anyone who can write to the file could have changed them, or cut off lines after them',
      ],
    })
    expect((await verify([log.file], hash)).problems).to.deep.equal([
      `0: no line has the hash ${hash}: the end is missing`,
    ])
    expect(head).to.equal('closed')
  })

  it('says that a last line is torn, and continues after it', async () => {
    // is never closed, as a server that is killed
    const killed = openAudit(store, [log.device])
    await say(killed, 'a')
    // what it holds open is not what the next one opens
    cpSync(log.file, `${log.file}.copy`)
    renameSync(`${log.file}.copy`, log.file)
    rmSync(lockBeside(log.file))
    const [, said = ''] = textLines()
    appendFileSync(log.file, said.slice(0, 40))
    const torn = await verify()
    expect([torn.problems, torn.notes[0]]).to.deep.equal([
      [],
      '3: the last line is torn: its end was never written, or has been cut off',
    ])
    await run(1)
    expect(await verify()).to.deep.equal({
      lines: 5,
      problems: [],
      notes: [
        '3: torn: 40 bytes of an incomplete write, as the server found them when it continued',
        '4: the last 1 line before this run is not signed, because the server was killed or could not write: anyone who could write to the file before this run began could have changed or inserted lines there',
      ],
    })
  })

  it('finds an end that was cut off while no server ran', async () => {
    await run(3)
    change(lines => lines.slice(0, 3))
    await run(1)
    expect((await verify()).problems).to.deep.equal([
      '4: lines are missing before this run that the server had written: a power failure can cause that if the device does not have sync = true',
    ])
  })

  it('says that a file that was there before is not', async () => {
    await run(1)
    rmSync(log.file)
    await run(1)
    expect(await verify()).to.deep.equal({
      lines: 3,
      problems: [],
      notes: ['1: this run follows earlier lines that are not in these files'],
    })
  })

  it('finds a torn line that was changed or inserted', async () => {
    await run(1)
    appendFileSync(log.file, '{"time":"torn')
    await run(1)
    change(lines => lines.map(line => line.replace('"torn', '"worn').replace('"worn":', '"torn":')))
    expect((await verify()).problems).to.deep.equal([
      '4: not a line of this log: changed, or inserted',
    ])
  })

  it('follows a run through files that were moved away, packed or not', async () => {
    const audit = openAudit(store, [log.device])
    for (const number of [3, 2, 1]) {
      await say(audit, `before ${number}`)
      renameSync(log.file, join(log.folder, `audit.log.${number}`))
      await audit.open()
      await say(audit, `after ${number}`)
    }
    await audit.close()
    const moved = [3, 2, 1].map(number => join(log.folder, `audit.log.${number}`))
    writeFileSync(`${moved[0]}.gz`, gzipSync(readFileSync(moved[0]!)))
    const files = [`${moved[0]}.gz`, ...moved.slice(1), log.file]
    expect(await verify(files)).to.deep.include({ problems: [], notes: [] })
    const latest = await verify(files.slice(2))
    expect([latest.problems, latest.notes]).to.deep.equal([
      [],
      ['1: continues an earlier file, which has 7 lines of this run'],
    ])
    expect((await verify([files[0]!, ...files.slice(2)])).problems).to.deep.equal([
      '1: 4 lines are missing before this one',
    ])
  })

  async function lastLine() {
    const { hashOf } = await import('../../../engine/audit/chain.ts')
    const line = textLines().at(-1) ?? ''
    return { hash: hashOf(Buffer.from(line)), head: JSON.parse(line).head.reason as string }
  }
})
