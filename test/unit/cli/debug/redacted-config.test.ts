import { expect } from 'chai'
import { redactedConfig } from '../../../../engine/cli/debug/redacted-config.ts'

describe('redactedConfig', () => {
  it('shows numbers, but not those of keys that may be secrets', () => {
    expect(redactedConfig('max_parallel = 5\n[x]\npassword = 1234\ntpm_pin = 1\na = true'))
      .to //
      .deep.equal({
        max_parallel: 5,
        x: { password: '(left out)', tpm_pin: '(left out)', a: true },
      })
  })
})
