import { hostname } from 'node:os'
import { expect } from 'chai'
import { api, ours } from '../api.ts'
import { expectReply } from '../reply.ts'

describe('sys/activity', () => {
  const { get, put, ask } = api()

  ours('answers with samples of this process, to a token that may read it', async () => {
    await put('sys/policies/acl/watch', {
      policy: 'path "sys/activity" { capabilities = ["read"] }',
    })
    const made = await put('auth/token/create', { policies: 'watch' })
    const answer = await get('sys/activity', made.body.auth.client_token)
    expectReply(answer, {
      data: {
        interval: 10,
        process: { node: hostname(), pid: process.pid },
        // the first one is taken after ten seconds
        samples: answer.body.data.samples,
      },
      ...{ warnings: null },
    })
    expect(answer.body.data.samples).to.be.an('array')
  })

  ours('is refused to others, and cannot be written', async () => {
    const { client_token: token } = (await put('auth/token/create', { policies: 'default' })).body
      .auth
    expect((await get('sys/activity', token)).status).to.equal(403)
    expect((await get('sys/activity', '')).status).to.equal(403)
    expect((await ask('PUT', 'sys/activity')).status).to.equal(405)
  })
})
