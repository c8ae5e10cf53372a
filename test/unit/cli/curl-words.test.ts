import { expect } from 'chai'
import { curlOf } from '../../../engine/cli/curl-words.ts'

describe('curlOf', () => {
  const url = new URL('https://engine.example.com:8200/v1/ssh/roles/web')

  it('prints the words of curl, as bao does, without the token', () => {
    const headers = {
      'x-vault-token': 'hvs.secret',
      'x-vault-request': 'true',
      'content-type': 'application/json',
    }
    const request = { method: 'PUT', headers, body: `{"a":"it's"}` } as const
    expect(curlOf(request, url, { caFile: 'ca.pem' })).to.equal(
      `curl -X PUT --cacert 'ca.pem' -H "X-Vault-Request: true" -H "X-Vault-Token: $(postern print token)" -d '{"a":"it'"'"'s"}' "https://engine.example.com:8200/v1/ssh/roles/web"`,
    )
  })

  it('leaves nothing to the shell that a header or an address says', () => {
    const request = { method: 'GET', headers: { a: '$(id)`"\\' }, body: undefined } as const
    const odd = new URL('http://localhost/v1/a?b=$(id)')
    expect(curlOf(request, odd, { skipVerify: true })).to.equal(
      'curl --insecure -H "A: \\$(id)\\`\\"\\\\" "http://localhost/v1/a?b=\\$(id)"',
    )
    const bang = { method: 'GET', headers: { a: `!x'` }, body: undefined } as const
    expect(curlOf(bang, url, {})).to.include(`-H 'A: !x'"'"'' "`)
  })
})
