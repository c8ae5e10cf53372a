import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'

const ROOT = join(import.meta.dirname, '../../..')

describe('docs/protocol.md', () => {
  const headings = new Set(
    [
      ...readFileSync(join(ROOT, 'docs/protocol.md'), 'utf8').matchAll(/^#+ (\d+(?:\.\d+)*)\.? /gm),
    ].map(([, number]) => number),
  )
  const references = execFileSync(
    'git',
    [
      'grep',
      '-noiE',
      'contract §[0-9.]*[0-9]',
      '--',
      'engine',
      'helper',
      'shared',
      'packaging',
      'test',
    ],
    { cwd: ROOT, encoding: 'utf8' },
  )
    .trim()
    .split('\n')

  it('has a heading for every section that the source names', () => {
    expect(references.length).to.be.greaterThan(50)
    const missing = references.filter(line => !headings.has(line.split('§').at(-1) ?? ''))
    expect(missing).to.deep.equal([])
  })
})
