import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { blocksOfPage, expectCode, followPage, type Step } from '../../support/docs/page.ts'
import type { Walk } from '../../support/docs/walk.ts'

const PAGE = 'docs/policies.md'

const OTP_ROLE = 'key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8'

/** The text of a policy of the page, which begins with its name. */
const policy = (name: string) =>
  blocksOfPage(PAGE).find(({ text }) => text.startsWith(`# ${name}:`))?.text ?? ''

/** A new token with a policy of the page. */
async function tokenWith(walk: Walk, name: string): Promise<string> {
  writeFileSync(join(walk.desk, `${name}.hcl`), policy(name))
  const format = `cp ${name}.hcl formatted && postern policy fmt formatted && cmp ${name}.hcl formatted`
  await walk.must('engine', `${format}\npostern policy write ${name} ${name}.hcl`)
  return (await walk.must('engine', `postern token create -policy=${name} -field=token`)).trim()
}

/** The same; gives what runs a command with it. */
async function withPolicy(walk: Walk, name: string) {
  const token = await tokenWith(walk, name)
  const run = (command: string) => walk.type('engine', `export POSTERN_TOKEN=${token}; ${command}`)
  return {
    can: async (command: string) => {
      const ended = await run(command)
      expectCode(ended, 0)
      return ended.stdout
    },
    cannot: async (...commands: readonly string[]) => {
      for (const ended of await Promise.all(commands.map(run))) {
        expectCode(ended, 2)
        expect(ended.stderr).to.contain('permission denied')
      }
    },
  }
}

async function otpUser(walk: Walk): Promise<void> {
  const { can, cannot } = await withPolicy(walk, 'otp-user')
  const lease_id = await can('postern write -field=lease_id ssh/creds/web ip=10.1.2.3')
  expect(await can('postern write ssh/lookup ip=10.1.2.3')).to.contain('web')
  expect(await can(`postern write ssh/otp lease_id=${lease_id}`)).to.contain('state')
  await can(`postern lease revoke ${lease_id}`)
  await can(`postern lease revoke ${lease_id}`)
  const other = await walk.must('engine', 'postern write -field=lease_id ssh/creds/web ip=10.1.2.3')
  await cannot(`postern lease revoke ${other}`, 'postern read ssh/roles/web')
}

async function opsUser(walk: Walk): Promise<void> {
  await walk.must('engine', `postern write ssh/roles/ops ${OTP_ROLE} allowed_users=root`)
  const { can, cannot } = await withPolicy(walk, 'ops-user')
  await can('postern write ssh/creds/ops ip=10.1.2.3 username=ubuntu')
  await can('postern write ssh/creds/ops ip=10.1.2.4')
  await cannot(
    'postern write ssh/creds/ops ip=10.1.2.5',
    'postern write ssh/creds/ops ip=10.1.2.3 username=root',
    'postern write ssh/creds/ops username=ubuntu',
  )
}

async function certificateUser(walk: Walk): Promise<void> {
  await walk.must(
    'engine',
    'postern write ssh/config/ca generate_signing_key=true key_type=ed25519',
  )
  await walk.must('engine', 'postern delete ssh/roles/web')
  await walk.must(
    'engine',
    'postern write ssh/roles/web key_type=ca allow_user_certificates=true default_user=ubuntu allowed_users=ubuntu',
  )
  await walk.must('engine', "ssh-keygen -q -t ed25519 -N '' -f key")
  const { can, cannot } = await withPolicy(walk, 'certificate-user')
  const serial = await can('postern write -field=serial_number ssh/sign/web public_key=@key.pub')
  await can(`postern read ssh/certs/${serial}`)
  const other = await walk.must(
    'engine',
    'postern write -field=serial_number ssh/sign/web public_key=@key.pub',
  )
  await cannot(`postern read ssh/certs/${other}`)
}

async function operator(walk: Walk): Promise<void> {
  const { can, cannot } = await withPolicy(walk, 'operator')
  await can(`postern write ssh/roles/new ${OTP_ROLE}`)
  expect(await can('postern list ssh/roles')).to.match(/^new$/m)
  const lease = await walk.must('engine', 'postern write -field=lease_id ssh/creds/new ip=10.1.2.3')
  const leases = await can('postern list -format=json sys/leases/lookup/ssh/creds/new')
  expect(leases).to.contain(lease.split('/').at(-1)?.trim())
  await Promise.all([can(`postern lease revoke ${lease}`), can('postern read ssh/config/ca')])
  await can('postern lease revoke -prefix ssh/creds/new')
  await can('postern delete ssh/roles/new')
  await cannot('postern write ssh/creds/ops ip=10.1.2.3')
}

async function sysadmin(walk: Walk): Promise<void> {
  const { can, cannot } = await withPolicy(walk, 'sysadmin')
  expect(await can('postern can -as=nobody -role=web ubuntu@10.1.2.3 || test $? = 2')).to.equal('')
  expect(await can('postern lease list -field=name ssh/creds')).to.contain('ops')
  await cannot('postern write ssh/creds/ops ip=10.1.2.3', 'postern delete ssh/roles/ops')
}

async function leaver(walk: Walk): Promise<void> {
  const { can, cannot } = await withPolicy(walk, 'leaver')
  await walk.must('engine', 'postern write identity/entity name=bob')
  expect(await can('postern user off bob')).to.contain('Disabled the entity bob')
  await cannot('postern write ssh/creds/ops ip=10.1.2.3', 'postern read ssh/roles/ops')
  await walk.must('engine', 'postern write identity/entity name=ann')
}

async function support(walk: Walk): Promise<void> {
  const { can, cannot } = await withPolicy(walk, 'support')
  await can('postern debug -output=first.tar.gz && tar -tzf first.tar.gz')
  await cannot('postern read ssh/roles/ops')
}

async function auditor(walk: Walk): Promise<void> {
  await walk.must('engine', 'postern audit enable file file_path=$PWD/audit.log')
  const { can, cannot } = await withPolicy(walk, 'auditor')
  await cannot('postern write ssh/creds/ops ip=10.1.2.3', 'postern audit list')
  expect(await can('postern audit search -device=file -path=ssh/')).to.contain('ssh/creds/ops')
  await can('postern read sys/activity')
}

let user = ''
let build = ''

const STEPS: readonly Step[] = [
  {
    block: 'postern policy fmt otp-user.hcl',
    on: 'engine',
    first: async walk => {
      await walk.must('engine', 'postern secrets enable ssh')
      await walk.must('engine', `postern write ssh/roles/web ${OTP_ROLE}`)
      user = await tokenWith(walk, 'otp-user')
    },
    replace: async () => [['hvs.…', user]],
    prints: /^token_duration +8h$[\s\S]*^update$/m,
  },
  { block: '# otp-user:', on: 'shown', after: otpUser },
  { block: '# ops-user:', on: 'shown', after: opsUser },
  { block: '# certificate-user:', on: 'shown', after: certificateUser },
  { block: '# operator:', on: 'shown', after: operator },
  { block: '# sysadmin:', on: 'shown', after: sysadmin },
  { block: 'postern roles list', on: 'engine', prints: /^key_type +ca$/m },
  { block: 'postern lease list -mine', on: 'engine' },
  { block: '# leaver:', on: 'shown', after: leaver },
  { block: 'postern user off ann', on: 'engine', prints: /^Nothing that is known is still open/m },
  { block: '# support:', on: 'shown', after: support },
  { block: 'postern debug', on: 'engine', prints: /^file +support\.tar\.gz$/m },
  { block: '# auditor:', on: 'shown', after: auditor },
  {
    block: 'postern audit search -device=file',
    on: 'engine',
    prints: /^Time +Client[\s\S]*denied$/m,
  },
  {
    block: 'postern can ubuntu@10.1.2.3',
    on: 'engine',
    prints: /^web +ca +yes, for ubuntu +policies \[root\]$/m,
  },
  {
    block: 'postern can -as=ann',
    on: 'engine',
    first: async walk => {
      const ann = 'name=ann policies=certificate-user disabled=false'
      await walk.must('engine', `postern write identity/entity ${ann}`)
    },
    prints: /^web +ca +yes, for ubuntu +policies \[certificate-user\]$/m,
  },
  {
    block: 'postern policy test write',
    on: 'engine',
    prints: /^Allowed +yes$/m,
  },
  { block: 'postern write auth/token/roles/deploy', on: 'engine' },
  {
    block: '# build:',
    on: 'shown',
    after: async walk => {
      build = await tokenWith(walk, 'build')
    },
  },
  {
    block: 'postern token create -role=deploy',
    on: 'engine',
    replace: async () => [['postern token', `POSTERN_TOKEN=${build} postern token`]],
    prints: /^token_policies +\["default" "otp-user"\]$/m,
  },
]

describe('Policies and tokens', () => {
  followPage(PAGE, STEPS)
})
