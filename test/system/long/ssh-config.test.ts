import { expect } from 'chai'
import { cases } from '../../support/cases.ts'
import type { Ended, Host } from '../../support/lab.ts'
import { RELEASES } from '../../support/releases.ts'
import { Site } from '../../support/site.ts'
import { SshClientHost } from '../../support/ssh-client-host.ts'

const POLICY = 'path "ssh/creds/ops" { capabilities = ["update"] }\n'

describe('Plain ssh after postern ssh-config, with passwords', function () {
  this.timeout(300_000)

  for (const [index, release] of cases(RELEASES.entries()))
    describe(`of Debian ${release}`, () => {
      let site: Site
      let web: Host
      let client: SshClientHost

      before(async () => {
        site = await Site.start()
        await site.must('secrets', 'enable', 'ssh')
        await site.must(
          ...['write', 'ssh/roles/ops', 'key_type=otp', 'default_user=alice', 'ttl=10m'],
          'cidr_list=10.77.0.0/24',
        )
        web = await site.host({ name: 'web', number: 11 })
        client = await SshClientHost.start(site, { name: 'client', number: 50 + index, release })
        await site.run([
          'sh',
          '-c',
          `printf '%s' '${POLICY}' | postern policy write otp -`.replace(
            'postern',
            `${process.cwd()}/dist/postern`,
          ),
        ])
        await client.prepare(POLICY)
        const words = ['ssh-config', '-host=10.77.0.*', '-role=ops', '-mode=otp', '-user=alice']
        const ended = await client.postern(words)
        expect(ended.code, ended.stderr).to.equal(0)
      })
      after(() => site?.[Symbol.asyncDispose]())

      it('logs in', async () => {
        const ended = await client.run(['ssh', web.ip4, 'id -un'])
        console.log(
          ended,
          await client.sh('ls -la .ssh .ssh/postern; cat .ssh/postern/*.json .ssh/config'),
        )
        expect(ended).to.deep.equal({ code: 0, stdout: 'alice\n', stderr: '' } satisfies Ended)
      })
    })
})
