import { expect } from 'chai'
import { blocksOf } from '../../../../support/docs/blocks.ts'

const PAGE = `# First

    one \\
        --more

    two

Text.

\`\`\`hcl
# no heading

path "x" {
  deny = true
}
\`\`\`

    three

## Second

- item

      four
`

describe('The blocks of a page', () => {
  it('are the indented and the fenced ones, each under its heading', () => {
    expect(blocksOf(PAGE)).to.deep.equal([
      { under: 'First', text: 'one \\\n    --more\n\ntwo\n' },
      { under: 'First', text: '# no heading\n\npath "x" {\n  deny = true\n}\n' },
      { under: 'First', text: 'three\n' },
      { under: 'Second', text: 'four\n' },
    ])
  })
})
