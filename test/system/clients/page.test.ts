import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect } from 'chai'
import { until } from '../../support/until.ts'

const PROGRAM = join(import.meta.dirname, '../../../dist/postern')

describe('The page in the built program', function () {
  this.timeout(60_000)

  it('comes with -dev, from the program alone', async () => {
    const words = ['server', '-dev', '-dev-listen-address=127.0.0.1:0', '-log-level=error']
    const child = spawn(PROGRAM, words, { cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      let shown = ''
      child.stdout.setEncoding('utf8').on('data', part => {
        shown += part
      })
      const page = () => /^ +Page: (http:\S+\/ui\/)\n/m.exec(shown)?.[1]
      await until(
        () => page() !== undefined,
        () => shown,
      )
      const address = page() ?? ''
      const curl = (...args: readonly string[]) =>
        execFileSync('curl', ['-sS', '--fail', ...args], { encoding: 'utf8' })
      // from the root, as a user would type it
      const document = curl('-L', address.replace('/ui/', ''))
      expect(document).to.match(/^<!doctype html>/)
      for (const [, path = ''] of document.matchAll(/"(\/ui\/assets\/[^"]+)"/g)) {
        const asset = new URL(path, address).href
        const plain = curl(asset)
        expect(plain.length).to.be.above(0)
        expect(curl('--compressed', asset)).to.equal(plain)
        expect(curl('-I', '--compressed', asset)).to.match(/^content-encoding: (?:br|gzip)\r$/im)
      }
    } finally {
      child.kill()
      await once(child, 'exit')
    }
  })
})
