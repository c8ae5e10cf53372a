import { expect } from 'chai'
import { TOML_HEADING, withoutTomlLines } from '../../../../helper/setup/toml-lines.ts'

const WRITTEN = `${TOML_HEADING}vault_addr = "https://a"
verify_keys = [
  "ed25519:x", # the first
]
allowed_roles = "*" # all
`

describe('A helper.toml without the lines of a set-up', () => {
  it('is none where nobody has added anything but comments', () => {
    expect(withoutTomlLines(WRITTEN, undefined)).to.equal(undefined)
    expect(withoutTomlLines(`${WRITTEN}# a note\n`, undefined)).to.equal(undefined)
  })

  it('has what others have added', () => {
    expect(withoutTomlLines(`${WRITTEN}deadline = "5s"\n`, undefined)).to.equal('deadline = "5s"\n')
  })

  it('has the values from before the set-up', () => {
    const before = 'vault_addr = "https://b" # old\nroles = 1\n'
    const now = `${before.replace('//b', '//a')}allowed_roles = "*"\ndeadline = "5s"\n`
    expect(withoutTomlLines(now, before)).to.equal(`${before}deadline = "5s"\n`)
  })
})
