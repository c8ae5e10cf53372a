import { appendFileSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { MemoryStore } from '../../../../engine/storage/memory.ts'
import { auditFile } from '../../../support/audit-file.ts'
import { openAudit, say } from '../../../support/open-audit.ts'
import { verified } from '../../../support/verified.ts'

/** In the form of a line that an engine writes, but for its place. */
const FORGED =
  '{"time":"2026-11-27T22:10:00.000Z","type":"response","auth":{"display_name":"userpass-mary"},"request":{"operation":"update","path":"ssh/creds/web"},"outcome":"ok"}'

describe('Lines written without the signing key', () => {
  const store = new MemoryStore()
  let log: ReturnType<typeof auditFile>
  beforeEach(() => {
    log = auditFile()
  })
  afterEach(() => log[Symbol.dispose]())

  const verify = async (...files: readonly string[]) =>
    verified(files.length > 0 ? files : [log.file], { key: await openAudit(store).publicKey() })

  async function run(times = 2) {
    await using audit = openAudit(store, [log.device])
    for (let time = 0; time < times; time++) await say(audit, `line ${time}`)
  }

  for (const [what, text] of [
    ['a line', `${FORGED}\n`],
    ['two lines', `${FORGED}\n${FORGED}\n`],
    ['a line without its end', FORGED],
    ['a line, and the beginning of another', `${FORGED}\n${FORGED.slice(0, 50)}`],
    ['the beginnings of two lines', `${FORGED.slice(0, 50)}\n${FORGED.slice(0, 60)}`],
    ['a line behind the beginning of one', `${FORGED.slice(0, 50)}\n${FORGED}\n`],
    ['a line and blanks', `${FORGED}   `],
    ['a text', 'mary was here'],
    ['NULs', '\0'.repeat(512)],
    ['an end of line', '\n'],
    ['the beginning of a very long line', `{"time":"${'x'.repeat(300_000)}`],
  ] as const)
    it(`are a problem where a run that begins finds ${what}`, async () => {
      await run()
      appendFileSync(log.file, text)
      await run()
      const { problems } = await verify()
      expect(problems).to.have.length(1)
      expect(problems[0]).to.match(/^5: inserted: \d+ bytes that no server has written/)
      expect(log.text()).to.not.include('"torn"')
    })

  it('are a problem in a file that stands where a run goes on after a move', async () => {
    const audit = openAudit(store, [log.device])
    await say(audit, 'a')
    renameSync(log.file, `${log.file}.1`)
    writeFileSync(log.file, `${FORGED}\n`)
    await audit.open()
    await say(audit, 'b')
    await audit.close()
    expect((await verify(`${log.file}.1`, log.file)).problems).to.deep.equal([
      `1: inserted: ${FORGED.length + 1} bytes that no server has written (this and 1 after it), found by the server that continued after them`,
      '3: inserted: there were lines in the new file before the server changed to it',
    ])
  })

  it('are none where the log itself is moved back before the run goes on', async () => {
    const audit = openAudit(store, [log.device])
    await say(audit, 'a')
    renameSync(log.file, `${log.file}.1`)
    const { FileSink } = await import('../../../../engine/audit/file-sink.ts')
    const { open } = FileSink.prototype
    FileSink.prototype.open = function opened() {
      renameSync(`${log.file}.1`, log.file)
      FileSink.prototype.open = open
      return open.call(this)
    }
    await audit.open()
    await say(audit, 'b')
    await audit.close()
    expect(log.lines().flatMap(({ head }) => (head ? [head.reason] : []))).to.deep.equal([
      ...['opened', 'moved', 'continued', 'closed'],
    ])
    expect(await verify()).to.deep.equal({ lines: 6, problems: [], notes: [] })
  })

  it('are a problem in such a file even if they are only the beginning of a line', async () => {
    const audit = openAudit(store, [log.device])
    await say(audit, 'a')
    renameSync(log.file, `${log.file}.1`)
    writeFileSync(log.file, FORGED.slice(0, 60))
    await audit.open()
    await audit.close()
    expect((await verify(`${log.file}.1`, log.file)).problems).to.deep.equal([
      '2: inserted: there were lines in the new file before the server changed to it',
    ])
  })

  it('are a problem if they were signed as torn by a version before', async () => {
    const audit = openAudit(store, [log.device])
    await say(audit, 'a')
    await audit.close()
    const { createHash, createPrivateKey } = await import('node:crypto')
    const { signed, NOTHING, hashOf } = await import('../../../../engine/audit/chain.ts')
    const { headBody } = await import('../../../../engine/audit/head.ts')
    const { signingKey } = await import('../../../../engine/audit/records.ts')
    const { transact } = await import('../../../../engine/storage/transact.ts')
    const key = createPrivateKey(await transact(store, signingKey))
    const follows = hashOf(
      Buffer.from(
        log
          .text()
          .split(/(?<=\n)/)
          .at(-1) ?? '',
      ),
    )
    const torn = {
      bytes: FORGED.length,
      sha256: createHash('sha256').update(FORGED).digest('hex'),
    }
    const writer = { device: 'file/', cluster: 'test', key: await audit.publicKey() }
    const head = headBody({ reason: 'opened', ...writer, follows, torn })
    const line = signed(head, { id: '0123456789abcdef', seq: 0, prev: NOTHING }, key)
    appendFileSync(log.file, `${FORGED}\n${line}`)
    expect((await verify()).problems).to.deep.equal([
      `4: inserted: ${FORGED.length} bytes that no server has written, found by the server that continued after them`,
    ])
  })

  it('are logged by the engine that finds them', async () => {
    await run()
    appendFileSync(log.file, FORGED)
    const said: object[] = []
    const { Audit } = await import('../../../../engine/audit/audit.ts')
    await using audit = new Audit(store, {
      declared: [log.device],
      cluster: () => 'test',
      log: { error: (facts, message) => said.push({ ...facts, message }) },
    })
    await say(audit, 'a')
    expect(said).to.have.length(1)
    expect(said[0]).to.include({ device: 'file/', bytes: FORGED.length })
  })

  it('are no more than a server leaves without a head', async () => {
    const { chained, hashOf, positionOf } = await import('../../../../engine/audit/chain.ts')
    await run(1)
    const lines = log
      .text()
      .split(/(?<=\n)/)
      .filter(Boolean)
    // without the head that ends the run, as if the server had been killed
    truncateSync(log.file, Buffer.byteLength(lines.slice(0, -1).join('')))
    let last = Buffer.from(lines[1] ?? '')
    for (let more = 0; more < 2100; more++) {
      const place = positionOf(last)!
      last = chained(FORGED, {
        id: place.id,
        seq: place.seq + 1,
        prev: hashOf(last),
      }) as Buffer<ArrayBuffer>
      appendFileSync(log.file, last)
    }
    const { problems } = await verify()
    expect(problems).to.deep.equal(['2001: more than 1999 lines without a signed head: inserted'])
  })

  it('a line of which only the end of line was not written is whole, and no problem', async () => {
    await run()
    const bytes = readFileSync(log.file)
    truncateSync(log.file, bytes.length - 1)
    expect(await verify()).to.deep.equal({
      lines: 4,
      problems: [],
      notes: ['4: the end of this line was never written, or has been cut off'],
    })
    await run()
    expect(await verify()).to.deep.equal({ lines: 8, problems: [], notes: [] })
  })

  it('are found wherever they are put, and whatever is done to a line', async () => {
    for (let each = 0; each < 4; each++) await run(5)
    const lines = log
      .text()
      .split(/(?<=\n)/)
      .filter(Boolean)
    const edits = lines.flatMap((line, at) => [
      ...(at < lines.length - 1 ? [lines.toSpliced(at, 1)] : []),
      ...(at > 0 ? [lines.toSpliced(at - 1, 2, line, lines[at - 1] ?? '')] : []),
      lines.toSpliced(at, 0, line),
      ...(at > 0 ? [[line, ...lines.toSpliced(at, 1)]] : []),
      lines.toSpliced(at + 1, 0, lines[(at + 7) % lines.length] ?? ''),
      lines.toSpliced(at + 1, 0, `${FORGED}\n`),
      ...[1, 2, 3, 4, 5].map(part => {
        const bytes = Buffer.from(line)
        const where = Math.floor((bytes.length * part) / 6)
        bytes[where] = (bytes[where] ?? 0) ^ (1 << part)
        return lines.toSpliced(at, 1, bytes.toString('latin1'))
      }),
    ])
    expect(edits).to.have.length.greaterThan(300)
    for (const [number, edit] of edits.entries()) {
      writeFileSync(log.file, edit.join(''), 'latin1')
      const { problems } = await verify()
      expect(problems, `edit ${number}`).to.not.deep.equal([])
    }
  })
})
