import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { checksums } from '../../../../packaging/release/checksums.ts'
import { sign } from '../../../../packaging/release/sign.ts'

describe('A signed list of hashes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-sign-'))
  after(() => rmSync(folder, { recursive: true }))
  const path = (name: string) => join(folder, name)

  before(() => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path('key')])
    writeFileSync(path('owners'), `owner@example.com ${readFileSync(path('key.pub'), 'utf8')}`)
    writeFileSync(path('b'), 'two')
    writeFileSync(path('a'), 'one')
    writeFileSync(path('SHA256SUMS'), checksums(folder, ['b', 'a']))
    sign(path('SHA256SUMS'), path('key'))
  })

  /** As RELEASING.md and docs/install-engine.md tell users to. */
  const verify = () =>
    spawnSync(
      'ssh-keygen',
      `-Y verify -f owners -I owner@example.com -n postern-release -s SHA256SUMS.sig`.split(' '),
      { cwd: folder, input: readFileSync(path('SHA256SUMS')), encoding: 'utf8' },
    )
  const check = () =>
    spawnSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8' })

  it('is verified by OpenSSH and sha256sum', () => {
    expect(verify().stdout).to.contain('Good "postern-release" signature for owner@example.com')
    expect(check().stdout).to.equal('a: OK\nb: OK\n')
  })

  it('is made anew over an older signature', () => {
    sign(path('SHA256SUMS'), path('key'))
    expect(verify().status).to.equal(0)
  })

  it('shows a file that was changed, and a list that was', () => {
    appendFileSync(path('a'), 'x')
    expect(check().status).to.equal(1)
    writeFileSync(path('SHA256SUMS'), checksums(folder, ['b', 'a']))
    expect(verify().status).to.not.equal(0)
  })
})
