import { expect } from 'chai'
import { apiVersion } from '../../../engine/api/api-version.ts'
import { api, differs, ours } from './api.ts'

describe("Terraform's provider", () => {
  const { put, get, ask, delete: remove, mount, root } = api()

  afterEach(async () => {
    await remove(`sys/auth/${mount}`)
    await remove(`identity/entity/name/${mount}`)
    await remove(`identity/group/name/${mount}`)
    await remove(`sys/quotas/rate-limit/${mount}`)
  })

  ours('is told the version of Vault that it compares with, wherever one stands', async () => {
    const versions = [
      (await get('sys/health')).body.version,
      (await get('sys/seal-status')).body.version,
      (await get('sys/internal/specs/openapi')).body.info.version,
      (await get(`sys/mounts/${mount}`)).body.data.running_plugin_version.slice(1),
    ]
    for (const version of versions)
      expect(version).to.match(/^1\.19\.0\+postern\.\d+\.\d+\.\d+(\.builtin)?$/)
  })

  it('takes no version of ours for one of an edition with more in it', () => {
    for (const own of ['0.1.0', '1.2.3-enterprise.1', '0.0.0-development', '2.0.0+ent']) {
      const [metadata, ...more] = apiVersion(own).split('+').slice(1)
      expect(more).to.deep.equal([])
      expect(metadata).to.match(/^postern\.\d+\.\d+\.\d+$/)
    }
  })

  it('reads auth methods among the secrets engines, by their whole paths', async () => {
    await put(`sys/auth/${mount}`, { type: 'approle', description: 'for machines' })
    const { status, body } = await get(`sys/mounts/auth/${mount}`)
    expect(status).to.equal(200)
    expect(body.data).to.include({ type: 'approle', description: 'for machines' })
    expect(body.data).to.deep.equal((await get(`sys/auth/${mount}`)).body.data)
  })

  it('reads back the path of a quota as it was written', async () => {
    for (const path of ['sys/', `${mount}/`, '']) {
      await put(`sys/quotas/rate-limit/${mount}`, { path, rate: 100_000 })
      expect((await get(`sys/quotas/rate-limit/${mount}`)).body.data.path).to.equal(path)
    }
  })

  it('learns the accessor of a secret id that it does not see', async () => {
    await put(`sys/auth/${mount}`, { type: 'approle' })
    await put(`auth/${mount}/role/ci`, {})
    const wrapped = await ask('POST', `auth/${mount}/role/ci/secret-id`, {
      headers: { 'x-vault-wrap-ttl': '60' },
    })
    const { wrapped_accessor: accessor, token } = wrapped.body.wrap_info
    const again = await put('sys/wrapping/rewrap', { token }, root)
    expect(again.body.wrap_info.wrapped_accessor).to.equal(differs(accessor, undefined))
    const { data } = (await put('sys/wrapping/unwrap', {}, again.body.wrap_info.token)).body
    expect(data.secret_id_accessor).to.equal(accessor)
  })

  it('reads the policies of entities and groups in one order', async () => {
    for (const kind of ['entity', 'group']) {
      await put(`identity/${kind}/name/${mount}`, { policies: ['b', 'a', 'c'] })
      const { data } = (await get(`identity/${kind}/name/${mount}`)).body
      expect(data.policies).to.deep.equal(['a', 'b', 'c'])
    }
  })
})
