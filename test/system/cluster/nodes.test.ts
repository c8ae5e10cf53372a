import { expect } from 'chai'
import { until } from '../../support/until.ts'
import { Cluster, ROLE } from './cluster.ts'

const statusOf = ({ status }: { readonly status: number }) => status

describe('Three engines on one database', function () {
  this.timeout(60_000)
  let cluster: Cluster

  before(async () => {
    cluster = await Cluster.start(3)
  })
  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  it('are one cluster', async () => {
    const answers = await Promise.all(cluster.nodes.map(node => node.ask('GET', 'sys/health')))
    const ids = answers.map(({ body }) => body.cluster_id)
    expect(answers.map(statusOf)).to.deep.equal([200, 200, 200])
    expect(new Set(ids).size).to.equal(1)
    expect(ids[0]).to.match(/^[0-9a-f-]{36}$/)
  })

  it('know what another one has issued', async () => {
    for (const [from, to] of [
      [0, 1],
      [1, 2],
      [2, 0],
    ] as const) {
      const { otp } = await cluster.node(from).issue()
      expect((await cluster.node(to).verify(otp)).body.data).to.deep.equal({
        ip: '10.1.2.3',
        username: 'ubuntu',
        role_name: 'web',
      })
      expect(statusOf(await cluster.node(from).verify(otp))).to.equal(400)
    }
  })

  it('let one of 64 redeem a password', async () => {
    for (let round = 0; round < 15; round++) {
      const { otp } = await cluster.node(round % 3).issue()
      const answers = await Promise.all(
        Array.from({ length: 64 }, (_, index) => cluster.node(index % 3).verify(otp)),
      )
      const statuses = answers.map(statusOf).toSorted()
      expect(statuses).to.deep.equal([200, ...Array(63).fill(400)])
    }
  })

  it('serve exactly as many requests as a token has uses', async () => {
    await cluster.node(0).must('POST', 'sys/policies/acl/creds', {
      policy: 'path "ssh/creds/*" { capabilities = ["update"] }',
    })
    for (let round = 0; round < 10; round++) {
      const wanted = { policies: ['creds'], num_uses: 3 }
      const { auth } = await cluster.node(round % 3).must('POST', 'auth/token/create', wanted)
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          cluster
            .node(index % 3)
            .ask('POST', 'ssh/creds/web', { ip: '10.1.2.3' }, auth.client_token),
        ),
      )
      // the last use is given no lease, but the reason
      const statuses = answers.map(statusOf).toSorted()
      expect(statuses).to.deep.equal([200, 200, 400, ...Array(7).fill(403)])
    }
  })

  it('use at once what is mounted, tuned and removed on another one', async () => {
    const [a, b, c] = [cluster.node(0), cluster.node(1), cluster.node(2)]
    for (let round = 0; round < 5; round++) {
      await a.must('POST', 'sys/mounts/team', { type: 'ssh' })
      await b.must('POST', 'team/roles/web', ROLE)
      const issued = await c.must('POST', 'team/creds/web', { ip: '10.1.2.3' })
      expect(statusOf(await a.ask('POST', 'team/verify', { otp: issued.data.key }, ''))).to.equal(
        200,
      )
      await a.must('POST', 'sys/mounts/team/tune', { default_lease_ttl: '90s' })
      expect((await b.must('GET', 'sys/mounts/team/tune')).data.default_lease_ttl).to.equal(90)
      const short = await c.must('POST', 'team/creds/web', { ip: '10.1.2.3' })
      expect(short.lease_duration).to.equal(90)

      await b.must('DELETE', 'sys/mounts/team')
      const gone = await Promise.all([a, c].map(node => node.ask('GET', 'team/roles/web')))
      expect(gone.map(statusOf)).to.deep.equal([404, 404])
    }
  })

  it('serve the new mount where another one has replaced an old one', async () => {
    const [a, b] = [cluster.node(0), cluster.node(1)]
    await a.must('POST', 'sys/mounts/again', { type: 'ssh' })
    await b.must('POST', 'again/roles/old', ROLE)
    await a.must('DELETE', 'sys/mounts/again')
    await a.must('POST', 'sys/mounts/again', { type: 'ssh' })
    await a.must('POST', 'again/roles/new', ROLE)
    expect((await b.must('GET', 'again/roles/new')).data.key_type).to.equal('otp')
    expect(statusOf(await b.ask('GET', 'again/roles/old'))).to.equal(404)
    await a.must('DELETE', 'sys/mounts/again')
  })

  it('let one of many mount at a path', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        cluster.node(index % 3).ask('POST', 'sys/mounts/contested', { type: 'ssh' }),
      ),
    )
    expect(answers.map(statusOf).toSorted()).to.deep.equal([204, ...Array(11).fill(400)])
  })

  it('refuse what another one has revoked', async () => {
    const [a, b, c] = [cluster.node(0), cluster.node(1), cluster.node(2)]
    const { auth } = await a.must('POST', 'auth/token/create', { policies: ['root'] })
    const { otp, lease } = await b.issue(auth.client_token)
    const other = await b.issue(auth.client_token)
    await c.must('POST', 'sys/leases/revoke', { lease_id: lease })
    expect(statusOf(await a.verify(otp))).to.equal(400)

    await a.must('POST', 'auth/token/revoke', { token: auth.client_token })
    expect(statusOf(await b.verify(other.otp))).to.equal(400)
    const refused = await c.ask('POST', 'ssh/creds/web', { ip: '10.1.2.3' }, auth.client_token)
    expect(statusOf(refused)).to.equal(403)
  })

  it('grant nothing by a policy, a group or an entity that another one has changed', async () => {
    const [a, b, c] = [cluster.node(0), cluster.node(1), cluster.node(2)]
    const policy = (capability: string) => ({
      policy: `path "ssh/creds/*" { capabilities = ["${capability}"] }`,
    })
    await a.must('POST', 'sys/policies/acl/issue', policy('update'))
    await a.must('POST', 'sys/policies/acl/issue-not', policy('deny'))
    await a.must('POST', 'sys/auth/userpass', { type: 'userpass' })
    const password = { password: 'correct horse' }
    await a.must('POST', 'auth/userpass/users/ann', { ...password, token_policies: 'issue' })
    const { auth } = await a.must('POST', 'auth/userpass/login/ann', password)
    const { client_token: token, entity_id: entity } = auth
    const ask = (node: typeof a) => node.ask('POST', 'ssh/creds/web', { ip: '10.1.2.3' }, token)
    const isAllowed = async (expected: boolean) => {
      const answers = await Promise.all([a, c].map(ask))
      expect(answers.map(statusOf)).to.deep.equal(Array(2).fill(expected ? 200 : 403))
    }
    // each change is made at one node, after the others have cached what it changes
    for (const [path, denying, allowing] of [
      ['sys/policies/acl/issue', policy('deny'), policy('update')],
      [`identity/entity/id/${entity}`, { policies: ['issue-not'] }, { policies: [] }],
      [`identity/entity/id/${entity}`, { disabled: true }, { disabled: false }],
      [
        'identity/group/name/few',
        { policies: ['issue-not'], member_entity_ids: [entity] },
        { member_entity_ids: [] },
      ],
    ] as const) {
      await isAllowed(true)
      await isAllowed(true)
      await b.must('POST', path, denying)
      await isAllowed(false)
      await b.must('POST', path, allowing)
    }
    await isAllowed(true)
  })

  it('leave nothing of a token that is revoked while the others issue with it', async () => {
    const { auth } = await cluster.node(0).must('POST', 'auth/token/create', { policies: ['root'] })
    const issued: string[] = []
    const issuers = [1, 2, 1, 2, 1, 2].map(async index => {
      for (;;) {
        const answer = await cluster
          .node(index)
          .ask('POST', 'ssh/creds/web', { ip: '10.1.2.3' }, auth.client_token)
        if (answer.status !== 200) return answer.status
        issued.push(answer.body.data.key)
      }
    })
    while (issued.length < 100) await new Promise(resolve => setTimeout(resolve, 5))
    await cluster.node(0).must('POST', 'auth/token/revoke', { token: auth.client_token })
    expect(await Promise.all(issuers)).to.deep.equal(Array(6).fill(403))
    const answers = await Promise.all(
      issued.map((otp, index) => cluster.node(index % 3).verify(otp)),
    )
    expect(new Set(answers.map(statusOf))).to.deep.equal(new Set([400]))
  })

  it('together end all that is due, and log no failure', async function () {
    this.timeout(120_000)
    await cluster.node(0).must('POST', 'ssh/roles/short', { ...ROLE, ttl: '2s' })
    const leases = async () => {
      const { rows } = {
        rows: await cluster.postgres.ask(
          `select count(*)::int as count from postern_entry
           where value is not null and position('creds/short'::bytea in key) > 0`,
          cluster.database,
        ),
      }
      return rows[0]?.count
    }
    // not so many at the same time that one waits longer for the database than a request may
    for (let round = 0; round < 10; round++)
      await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          cluster.node(index % 3).must('POST', 'ssh/creds/short', { ip: '10.1.2.3' }),
        ),
      )
    await until(async () => (await leases()) === 0)
    expect(
      cluster.nodes.map(({ log }) => /"level":"(?:warn|error)".*/.exec(log)?.[0]),
    ).to.deep.equal([undefined, undefined, undefined])
  })
})
