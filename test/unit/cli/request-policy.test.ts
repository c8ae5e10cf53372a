import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { policyFor } from '../../../engine/cli/request-policy.ts'
import { cases } from '../../support/cases.ts'

const REFERENCE = join(import.meta.dirname, '../../../docs/reference/api.md')
const ENGINES: Readonly<Record<string, string>> = { system: 'sys', token: 'auth/token' }

/** Every path of the engines that every server has, and whether it requires sudo, from the declarations of the endpoints. */
const PATHS = readFileSync(REFERENCE, 'utf8')
  .split(/^## /m)
  .flatMap(section => {
    const base = ENGINES[/^\w+/.exec(section)?.[0] ?? '']
    const paths = section.matchAll(/^### `(.+)`\n\n(.*)$/gm)
    return base === undefined
      ? []
      : [...paths].map(([, path, text]) => [`${base}/${path}`, text] as const)
  })
  .map(([path, text = '']) => ({
    path: path.replace(/:\w+/g, 'x'),
    sudo: text.includes('needs sudo'),
  }))

const policy = (method: 'GET' | 'PUT' | 'PATCH' | 'DELETE', path: string) =>
  policyFor({ method }, new URL(`http://localhost/v1/${path}`))

describe('policyFor', () => {
  it('allows the operation of the request', () => {
    expect(policy('GET', 'ssh/roles?list=true')).to.equal(
      'path "ssh/roles" {\n  capabilities = ["list"]\n}',
    )
    expect(policy('PUT', 'ssh/roles/a%20b')).to.equal(
      'path "ssh/roles/a b" {\n  capabilities = ["create", "update"]\n}',
    )
    expect(policy('DELETE', 'a')).to.include('["delete"]')
    expect(policy('PATCH', 'a')).to.include('["patch"]')
  })

  for (const { path, sudo } of cases(PATHS))
    it(`knows whether ${path} requires sudo`, () => {
      expect(policy('GET', path).includes('"sudo"')).to.equal(sudo)
    })
})
