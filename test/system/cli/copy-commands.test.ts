import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { runExamples, tokenOf } from './examples.ts'
import { type FakeSsh, fakeSsh, PROMPT } from './fake-ssh.ts'

/** Stands in for a program that copies: connects by what it was given, and notes the rest of its arguments. */
const COPIER = `#!/bin/sh
connect=$2; shift 2
printf '%s\\n' "$@" > "$FAKE/copied"
[ ! -e "$FAKE/broken" ] || exit 23
exec "$connect" -l ubuntu 10.1.2.3 server
`

describe('The words that copy files', () => {
  let fake: FakeSsh
  beforeEach(async () => {
    fake = await fakeSsh()
    for (const name of ['scp', 'sftp', 'rsync']) {
      writeFileSync(join(fake.line.folder, name), COPIER)
      chmodSync(join(fake.line.folder, name), 0o755)
    }
  })
  afterEach(() => fake[Symbol.asyncDispose]())

  const run = (words: string, more = {}) =>
    fake.line.run(words.split(' '), { environment: { ...fake.environment, ...PROMPT, ...more } })

  for (const [words, passed] of [
    ['scp -role=web -r folder ubuntu@10.1.2.3:', '-r folder ubuntu@10.1.2.3:'],
    ['sftp -role=web -b batch ubuntu@10.1.2.3', '-b batch ubuntu@10.1.2.3'],
    [
      'rsync -role=web --delete -a folder/ ubuntu@10.1.2.3:folder/',
      '--delete -a folder/ ubuntu@10.1.2.3:folder/',
    ],
  ] as const)
    it(`connect with a password of the engine: ${words}`, async () => {
      const { code, err } = await run(words)
      expect(code, err).to.equal(0)
      expect(fake.note('copied')?.trim().split('\n').join(' ')).to.equal(passed)
      expect(fake.note('answers')).to.match(/^[0-9a-f-]{36}\n$/)
      expect(fake.note('words')).to.match(/10\.1\.2\.3\nserver\n$/)
      expect(fake.note('environment')).not.to.include(fake.token)
    }).timeout(30_000)

  for (const name of ['scp', 'sftp', 'rsync'])
    it(`run as the examples of ${name} have it, with the least policy`, async () => {
      const token = await tokenOf(fake.line, 'otp-user')
      const environment = { ...fake.environment, ...PROMPT }
      for (const ended of await runExamples(fake.line, name, { token, environment }))
        expect(ended.code, ended.err).to.equal(0)
      expect(fake.note('answers')).to.match(/^(?:[0-9a-f-]{36}\n){2}$/)
    }).timeout(30_000)

  it('end as the program ends', async () => {
    writeFileSync(join(fake.line.folder, 'broken'), '')
    expect((await run('rsync -role=web a ubuntu@10.1.2.3:')).code).to.equal(23)
  })

  it('say what is missing', async () => {
    const { code, err } = await run('rsync a ubuntu@10.1.2.3:', { PATH: '/none' })
    expect(code).to.equal(2)
    expect(err).to.include('Install rsync.')
  })
})
