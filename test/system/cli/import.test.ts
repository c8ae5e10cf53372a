import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type CommandLine, commandLine } from './command-line.ts'

describe('postern import', () => {
  let source: CommandLine
  let target: CommandLine
  let file: string
  beforeEach(async () => {
    ;[source, target] = [await commandLine(), await commandLine()]
    file = join(target.folder, 'token')
    writeFileSync(file, 'root', { mode: 0o600 })
  })
  afterEach(async () => {
    await source[Symbol.asyncDispose]()
    await target[Symbol.asyncDispose]()
  })

  const importing = (from: string, ...more: readonly string[]) =>
    target.run(['import', `-from=${from}`, `-from-token-file=${file}`, ...more])

  it('refuses the server itself', async () => {
    const { code, err } = await importing(target.address)
    expect(code).to.equal(1)
    expect(err).to.match(/^both servers have the cluster id [\w-]+: they are the same/)
  })

  it('takes no token from a file that others can read, or that is not there', async () => {
    chmodSync(file, 0o644)
    const exposed = await importing(source.address)
    expect(exposed.code).to.equal(1)
    expect(exposed.err).to.match(/^other users can read .*: run chmod 600/)
    const missing = await target.run([
      ...['import', `-from=${source.address}`, '-from-token-file=nowhere'],
    ])
    expect(missing.err).to.equal('-from-token-file: there is no file nowhere\n')
  })

  it('does not compare with what the token may not read', async () => {
    const token = await target.must('token create -policy=default -field=token')
    const { code, err } = await target.run(
      ['import', `-from=${source.address}`, `-from-token-file=${file}`],
      { environment: { POSTERN_TOKEN: token } },
    )
    expect(code).to.equal(2)
    expect(err).to.match(/^your token may not read .*sys\/mounts.* here/)
  })

  it('makes the other changes where one is refused, and exits with 2', async () => {
    await source.must('secrets enable -path=a/b ssh')
    await source.must('secrets enable ssh')
    await target.must('secrets enable -path=a ssh')
    const { code, out } = await importing(source.address, '-apply')
    expect(code).to.equal(2)
    expect(out).to.match(/^1 change made\. 1 change refused:\n {2}sys\/mounts\/a\/b: /m)
    expect(await target.must('secrets list')).to.match(/^ssh\//m)
  })

  it('prints what it would do for programs, without what is half of a login', async () => {
    await source.must('auth enable approle')
    await source.must('write auth/approle/role/ci token_policies=default')
    const { code, out } = await importing(source.address, '-format=json')
    expect(code).to.equal(0)
    const { changes, applied, left } = JSON.parse(out)
    expect(applied).to.equal(false)
    expect(left).to.deep.equal([])
    expect(changes.map(({ path }: { path: string }) => path)).to.deep.equal([
      'sys/auth/approle',
      'auth/approle/role/ci',
    ])
    expect(out).to.not.include('role_id')
  })
})
