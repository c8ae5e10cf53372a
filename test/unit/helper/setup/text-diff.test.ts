import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { textDiff } from '../../../../helper/setup/text-diff.ts'

const numbered = (count: number) => Array.from({ length: count }, (_, at) => `line ${at}`)
const text = (lines: readonly string[]) => lines.map(line => `${line}\n`).join('')

describe('A difference', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-diff-'))
  after(() => rmSync(folder, { recursive: true }))

  const many = numbered(40)
  for (const [what, before, after] of [
    ['one line changed', many, many.with(20, 'other')],
    ['lines added at the top', many, ['a', 'b', ...many]],
    ['lines removed at the end', many, many.slice(0, -3)],
    ['two places', many, many.with(2, 'x').toSpliced(30, 2)],
    ['two places that are near', many, many.with(10, 'x').with(15, 'y')],
    ['everything', ['a', 'b'], ['c']],
    ['a line between equal ones', ['a', 'a'], ['a', 'b', 'a']],
  ] as const)
    it(`is what diff prints: ${what}`, () => {
      const files = ['before', 'after'].map(name => join(folder, name))
      writeFileSync(files[0] ?? '', text(before))
      writeFileSync(files[1] ?? '', text(after))
      const { stdout } = spawnSync('diff', ['-u', ...files], { encoding: 'utf8' })
      const [, , ...theirs] = stdout.split('\n')
      const [, , ...ours] = textDiff('/f', text(before), text(after)).split('\n')
      expect(ours).to.deep.equal(theirs)
    })

  it('is empty for equal texts, and names no file for one that is not there', () => {
    expect(textDiff('/f', 'a\n', 'a\n')).to.equal('')
    expect(textDiff('/f', undefined, 'a\n')).to.equal('--- /dev/null\n+++ /f\n@@ -0,0 +1 @@\n+a\n')
    expect(textDiff('/f', 'a\n', undefined)).to.equal('--- /f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n')
  })
})
