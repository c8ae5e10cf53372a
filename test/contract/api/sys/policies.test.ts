import { expect } from 'chai'
import { api, ours } from '../api.ts'
import { expectEmpty, expectFailure } from '../reply.ts'

const READ = 'path "sys/mounts" { capabilities = ["read"] }'

describe('policies as they are kept', () => {
  const { get, list, put, delete: remove } = api()

  it('are written, read, listed and deleted', async () => {
    expectEmpty(await put('sys/policies/acl/reader', { policy: READ }))
    const { body } = await get('sys/policies/acl/reader')
    expect(body.data).to.include({ name: 'reader', policy: READ })
    expect((await list('sys/policies/acl')).body.data.keys).to.include.members([
      'default',
      'reader',
      'root',
    ])
    expectEmpty(await remove('sys/policies/acl/reader'))
    expectFailure(await get('sys/policies/acl/reader'), 404)
    expectEmpty(await remove('sys/policies/acl/reader'))
  })

  it('hide what nobody may give', async () => {
    expect((await list('sys/policies/acl')).body.data.keys).to.not.include('response-wrapping')
    expectFailure(
      await put('auth/token/create', { policies: ['response-wrapping'] }),
      400,
      'cannot assign policy "response-wrapping"',
    )
  })

  it('have names in lower case', async () => {
    const { status, body } = await put('sys/policies/acl/Reader', { policy: READ })
    expect({ status, warnings: body.warnings }).to.deep.equal({
      status: 200,
      warnings: ['policy name was converted to reader'],
    })
    expect((await get('sys/policies/acl/READER')).body.data.name).to.equal('reader')
  })

  it('may come as base64', async () => {
    const policy = Buffer.from(READ).toString('base64')
    expectEmpty(await put('sys/policies/acl/coded', { policy }))
    expect((await get('sys/policies/acl/coded')).body.data.policy).to.equal(READ)
  })

  it('are read and written by the older paths', async () => {
    const { status, body } = await put('sys/policy/old', { rules: READ })
    expect({ status, warnings: body.warnings }).to.deep.equal({
      status: 200,
      warnings: ["'rules' is deprecated, please use 'policy' instead"],
    })
    expectEmpty(await put('sys/policy/old', { policy: READ }))
    const read = (await get('sys/policy/old')).body
    expect(read.data).to.include({ name: 'old', rules: READ })
    expect(read).to.include({ name: 'old', rules: READ })
    const all = (await get('sys/policy')).body
    expect(all.data.policies).to.deep.equal(all.data.keys)
    expect(all.policies).to.include.members(['default', 'old', 'root'])
    expect((await list('sys/policy')).body.data.policies).to.deep.equal(all.policies)
    expectEmpty(await remove('sys/policy/old'))
  })

  it('are refused without a text, or with one that says nothing', async () => {
    for (const body of [undefined, {}, { policy: '' }])
      expectFailure(
        await put('sys/policies/acl/none', body),
        400,
        "'policy' parameter not supplied or empty",
      )
    const { status, body } = await put('sys/policies/acl/none', { policy: 'path "a" {\nx = 1 }' })
    expect(status).to.equal(400)
    expect(body.errors[0]).to.match(/^failed to parse policy: .*invalid key "x" on line 2/s)
    expectFailure(await get('sys/policies/acl/none'), 404)
  })

  ours('have 256 KiB at the most, however they are written', async () => {
    const longest = READ.padEnd(262_144)
    expectEmpty(await put('sys/policies/acl/long', { policy: longest }))
    const tooLong = `#é\n${READ}`.padEnd(262_144)
    for (const policy of [tooLong, Buffer.from(tooLong).toString('base64')])
      expectFailure(
        await put('sys/policies/acl/long', { policy }),
        400,
        'the policy has 262145 bytes, more than the maximum of 262144: split it into several policies',
      )
    expect((await get('sys/policies/acl/long')).body.data.policy).to.equal(longest)
    expectEmpty(await remove('sys/policies/acl/long'))
  })

  it('keep root as it is, and always have default', async () => {
    expectFailure(
      await put('sys/policies/acl/root', { policy: READ }),
      400,
      'cannot update "root" policy',
    )
    expectFailure(await remove('sys/policies/acl/root'), 400, 'cannot delete "root" policy')
    expectFailure(await remove('sys/policies/acl/default'), 400, 'cannot delete default policy')
  })
})
