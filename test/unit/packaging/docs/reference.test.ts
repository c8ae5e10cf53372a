import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { decisionsIndex } from '../../../../packaging/docs/decisions-index.ts'
import { manual } from '../../../../packaging/docs/manual.ts'
import { reference } from '../../../../packaging/docs/reference.ts'
import { cases } from '../../../support/cases.ts'

const DOCS = join(import.meta.dirname, '../../../../docs')

describe('The reference', () => {
  for (const [folder, pages] of [
    ['reference', reference()],
    ['man', manual()],
    ['decisions', { 'README.md': decisionsIndex() }],
  ] as const)
    for (const [name, text] of cases(Object.entries(pages)))
      it(`${folder}/${name} says what the code declares: else run "npm run docs"`, () => {
        expect(readFileSync(join(DOCS, folder, name), 'utf8') === text).to.equal(true)
      })
})
