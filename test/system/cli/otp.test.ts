import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { tokenOf } from './examples.ts'
import { type FakeSsh, fakeSsh } from './fake-ssh.ts'

const KEY = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/

describe('postern otp', () => {
  let fake: FakeSsh
  let seen: Set<string>
  beforeEach(async () => {
    fake = await fakeSsh()
    seen = new Set()
  })
  afterEach(() => fake[Symbol.asyncDispose]())

  /** Runs it as the user, and calls `shown` with each password as it appears. */
  const otp = (words: string, shown: (key: string) => unknown = () => {}, more = {}) =>
    fake.line.run(['otp', ...words.split(' ')], {
      environment: { ...fake.environment, ...more },
      printed: text => {
        const keys = text.match(new RegExp(KEY, 'g')) ?? []
        for (const key of new Set(keys)) if (!seen.has(key)) seen.add(key) && shown(key)
      },
    })

  const redeem = async (otp: string, more = {}) =>
    await fetch(`${fake.line.address}/v1/ssh/verify`, {
      method: 'PUT',
      body: JSON.stringify({ otp, ...more }),
    })

  const shortLived = (seconds = 2) =>
    fake.line.must(`secrets tune -default-lease-ttl=${seconds}s ssh`)

  it('prints a password and the command that uses it, and waits for nothing in a pipe', async () => {
    const { code, out, err } = await otp('web ubuntu@10.1.2.3')
    expect(code, err).to.equal(0)
    expect(out).to.match(new RegExp(`^key +${KEY.source}$`, 'm'))
    expect(err).to.equal(
      '\nLog in with:\n\n    ssh -p 2222 -o PreferredAuthentications=keyboard-interactive ubuntu@10.1.2.3\n\n',
    )
    expect(await fake.leases()).to.include('\n')
  })

  it('gives a script the lease as well, or the password alone', async () => {
    const { lease_id: lease, data } = JSON.parse(
      (await otp('-format=json web ubuntu@10.1.2.3')).out,
    )
    expect([lease, data.key, data.username]).to.satisfy(
      ([id, key, user]: readonly string[]) =>
        /^ssh\/creds\/web\//.test(id ?? '') && KEY.test(key ?? '') && user === 'ubuntu',
    )
    const { out, err } = await otp('-field=key web ubuntu@10.1.2.3')
    expect(out).to.match(new RegExp(`^${KEY.source}$`))
    expect(err).to.equal('')
  })

  it('says when it was used, and from where', async () => {
    const { code, err } = await otp('-wait web ubuntu@10.1.2.3', redeem)
    expect(code, err).to.equal(0)
    expect(err).to.match(/\nUsed at \d{4}-\d\d-\d\dT[\d:.]+Z from 127\.0\.0\.1\.\n$/)
  })

  it('says what refused it, and exits with 1', async () => {
    const { code, err } = await otp('-wait web ubuntu@10.1.2.3', key =>
      redeem(key, { username: 'root' }),
    )
    expect(code).to.equal(1)
    expect(err).to.match(
      /\nRefused at \S+ from 127\.0\.0\.1: OTP was issued for another username\.\n$/,
    )
  })

  it('says that it expired, and exits with 1', async () => {
    await shortLived()
    const { code, err } = await otp('-wait web ubuntu@10.1.2.3')
    expect([code, err.trim().split('\n').at(-1)]).to.deep.equal([1, 'Expired without being used.'])
  })

  it('keeps a valid one, revokes the one before, and ends when one is used', async () => {
    // the second one is used before it expires, also if the machine stands still for a moment
    await shortLived(6)
    const answers: number[] = []
    let first = ''
    const { code, err } = await otp('-keep -format=json web ubuntu@10.1.2.3', async key => {
      if (seen.size === 1) first = key
      if (seen.size < 2) return
      for (const each of [first, key]) answers.push((await redeem(each)).status)
    })
    expect(code, err).to.equal(0)
    expect(seen.size).to.equal(2)
    expect(answers).to.deep.equal([400, 200])
    expect(await fake.leases()).to.equal('')
  })

  it('ends with 2 when the token ends, which ends the password', async () => {
    const { code, err } = await otp('-wait web ubuntu@10.1.2.3', async () => {
      await new Promise(resolve => setTimeout(resolve, 300))
      await fake.line.must(`token revoke ${fake.token}`)
    })
    expect(code).to.equal(2)
    expect(err).to.include('Log in again with "postern login"')
    expect(await fake.leases()).to.equal('')
  })

  it('counts to the end where an engine does not tell', async () => {
    await shortLived()
    await fake.line.run(['policy', 'write', 'otp-user', '-'], {
      input:
        'path "ssh/creds/web" { capabilities = ["update"] }\npath "ssh/otp" { capabilities = ["deny"] }',
    })
    const { code, err } = await otp('-wait web ubuntu@10.1.2.3')
    expect(code).to.equal(0)
    expect(err).to.include('This engine does not tell whether it was used')
  })

  it('copies it by a program of the desktop, which does not see it in an argument', async () => {
    const program = join(fake.line.folder, 'wl-copy')
    writeFileSync(program, '#!/bin/sh\ncat > "$FAKE/copied"\necho "$*" > "$FAKE/arguments"\n')
    chmodSync(program, 0o755)
    const { out, err } = await otp('-copy web ubuntu@10.1.2.3', undefined, { WAYLAND_DISPLAY: 'x' })
    expect(err).to.include('Copied to the clipboard by wl-copy')
    expect(out).to.include(readFileSync(join(fake.line.folder, 'copied'), 'utf8'))
    expect(readFileSync(join(fake.line.folder, 'arguments'), 'utf8')).to.equal('\n')
  })

  it('names the command for a role that signs certificates', async () => {
    await fake.line.must('write ssh/config/ca key_type=ed25519')
    await fake.line.must('write ssh/roles/ops key_type=ca allow_user_certificates=true')
    await fake.line.run(['policy', 'write', 'otp-user', '-'], {
      input: 'path "ssh/sign/ops" { capabilities = ["update"] }',
    })
    const { code, err } = await otp('ops ubuntu@10.1.2.3')
    expect([code, err.trim().split('\n').at(-1)]).to.deep.equal([
      2,
      'If "ops" signs certificates: postern ssh -mode=ca -role=ops',
    ])
  })

  it('runs as the examples of its help have it', async () => {
    const { out } = await fake.line.run(['otp', '-help'])
    const examples = [...out.matchAll(/\$ postern otp (.*)$/gm)].map(([, words = '']) => words)
    expect(examples).to.have.length(5)
    // the role is found by a lookup
    const least = { POSTERN_TOKEN: await tokenOf(fake.line, 'otp-user') }
    for (const example of examples) {
      const { code, err } = await otp(example, redeem, least)
      expect(code, `${example}: ${err}`).to.equal(0)
    }
  })
})
