import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { reference } from '../../../packaging/docs/reference.ts'

const FOLDER = join(import.meta.dirname, '../../../docs/reference')

describe('The reference', () => {
  for (const [name, text] of Object.entries(reference()))
    it(`${name} says what the code declares: else run "npm run docs"`, () => {
      expect(readFileSync(join(FOLDER, name), 'utf8') === text).to.equal(true)
    })
})
