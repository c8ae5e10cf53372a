import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { unsafePath } from '../../../../../engine/cli/operator/setup/unsafe-path.ts'

describe('unsafePath', () => {
  it('finds what other users can change on the way to a file', () => {
    // /tmp is everybody's
    expect(unsafePath('/tmp/postern/file')).to.equal('/tmp')
    expect(unsafePath('/etc/passwd')).to.equal(undefined)
    expect(unsafePath('/etc/postern-that-is-not-there/file')).to.equal(undefined)
  })

  it('finds a folder and a file of others', function () {
    if (process.geteuid?.() !== 0) this.skip()
    const folder = mkdtempSync('/var/lib/postern-unsafe-')
    try {
      const [own, file] = [join(folder, 'own'), join(folder, 'own/file')]
      mkdirSync(own)
      writeFileSync(file, '')
      chmodSync(file, 0o644)
      expect(unsafePath(file)).to.equal(undefined)
      chmodSync(file, 0o664)
      expect(unsafePath(file)).to.equal(file)
      chownSync(own, 1, 0)
      expect(unsafePath(file)).to.equal(own)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
