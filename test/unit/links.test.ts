import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect } from 'chai'
import { cases } from '../support/cases.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Every page for readers, by its path in the repository. */
const PAGES = spawnSync('git', ['ls-files', '*.md', 'docs/man/*'], { cwd: ROOT, encoding: 'utf8' })
  .stdout.trim()
  .split('\n')
  .filter(file => !file.startsWith('.') && !file.startsWith('packaging/'))

const textOf = (page: string) => readFileSync(join(ROOT, page), 'utf8')

/** What a heading is linked to by, as GitHub makes it. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

/** The links of a page to other files or headings of the repository: the file, and the anchor if there is one. */
function linksOf(page: string): readonly { readonly file: string; readonly anchor?: string }[] {
  return [...textOf(page).matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(
    ([, file = '', anchor]) => ({
      file: file === '' ? page : normalize(join(dirname(page), file)),
      ...(anchor ? { anchor } : {}),
    }),
  )
}

describe('Pages', () => {
  it('are each reached from the README in two clicks', () => {
    expect(PAGES.length).to.be.greaterThan(40)
    const isPage = (file: string) => PAGES.includes(file)
    const linked = (pages: readonly string[]) =>
      pages
        .filter(page => page.endsWith('.md'))
        .flatMap(linksOf)
        .map(({ file }) => file)
    const first = linked(['README.md']).filter(isPage)
    const reached = new Set(['README.md', ...first, ...linked(first)])
    expect(PAGES.filter(page => !reached.has(page))).to.deep.equal([])
  })

  for (const page of cases(PAGES.filter(each => each.endsWith('.md'))))
    it(`${page} links to what exists`, () => {
      const wrong = linksOf(page).filter(({ file, anchor }) => {
        if (!existsSync(join(ROOT, file))) return true
        const headings = anchor && file.endsWith('.md') ? textOf(file).matchAll(/^#+ (.+)$/gm) : []
        return (
          anchor !== undefined && ![...headings].some(([, text = '']) => anchorOf(text) === anchor)
        )
      })
      expect(wrong).to.deep.equal([])
    })
})
