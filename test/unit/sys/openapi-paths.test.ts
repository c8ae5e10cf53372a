import { Validator } from '@seriousme/openapi-schema-validator'
import { expect } from 'chai'
import { testEngine } from '../../support/test-engine.ts'

describe('The OpenAPI document', () => {
  it('is valid, and has every path of every mount', async () => {
    const { get, core } = await testEngine()
    const { body } = await get('sys/internal/specs/openapi')
    const { valid, errors } = await new Validator().validate(structuredClone(body))
    expect(errors ?? [], JSON.stringify(errors)).to.deep.equal([])
    expect(valid).to.equal(true)
    const declared = core.mounts.all.flatMap(
      mount => core.mounts.engineOf(mount)?.endpoints.map(each => mount.path + each.path) ?? [],
    )
    expect(Object.keys(body.paths)).to.have.length(new Set(declared).size)
  })

  it('describes a write with the types of its fields', async () => {
    const { get } = await testEngine()
    const { body } = await get('sys/internal/specs/openapi')
    const creds = body.paths['/ssh/creds/{role}']
    expect(creds.parameters).to.deep.equal([
      {
        name: 'role',
        in: 'path',
        required: true,
        description: 'Name of the role.',
        schema: { type: 'string' },
      },
    ])
    const { properties } = creds.post.requestBody.content['application/json'].schema
    expect(Object.keys(properties).sort()).to.deep.equal(['host', 'ip', 'username'])
    const { required } = creds.post.requestBody.content['application/json'].schema
    // an address, or a host
    expect(required).to.equal(undefined)
    expect(creds.post.security).to.deep.equal([{ token: [] }])
    expect(body.paths['/ssh/verify'].post.security).to.deep.equal([])
  })

  it('is part of the help of a path', async () => {
    const { ask } = await testEngine()
    const { body } = await ask('help', 'ssh/roles/web')
    expect(Object.keys(body.openapi.paths)).to.deep.equal(['/ssh/roles/{role}'])
  })
})
