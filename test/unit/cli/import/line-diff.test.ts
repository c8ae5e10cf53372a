import { expect } from 'chai'
import { lineDiff } from '../../../../engine/cli/import/line-diff.ts'

describe('lineDiff', () => {
  const diff = (before: string, after: string) => lineDiff(before, after).join('|')

  it('marks the lines that only one of two texts has', () => {
    expect(diff('a\nb\nc', 'a\nx\nc')).to.equal('  a|- b|+ x|  c')
    expect(diff('a', 'a\nb')).to.equal('  a|+ b')
    expect(diff('a\nb', 'b')).to.equal('- a|  b')
    expect(diff('', '')).to.equal('  ')
  })

  it('does not compare texts whose comparison would take long', () => {
    const long = 'a\n'.repeat(3000)
    const lines = lineDiff(long, long)
    expect(lines).to.have.length(6002)
    expect(lines[0]).to.equal('- a')
  })
})
