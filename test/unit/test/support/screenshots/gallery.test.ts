import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { gallery } from '../../../../support/screenshots/gallery.ts'
import { STATES } from '../../../../support/screenshots/states.ts'

const FOLDER = join(import.meta.dirname, '../../../../../docs/page')

describe('The images of the page', () => {
  it('are those of its states, no more and no fewer', () => {
    const images = readdirSync(FOLDER).filter(file => file.endsWith('.png'))
    expect(images).to.have.members(STATES.map(({ name }) => `${name}.png`))
  })

  it('are shown with their captions', () => {
    expect(readFileSync(join(FOLDER, 'README.md'), 'utf8')).to.equal(gallery([...STATES]))
  })
})
