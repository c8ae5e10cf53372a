import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { expectCode, followPage, type Step } from '../../support/docs/page.ts'
import type { Walk } from '../../support/docs/walk.ts'

const LOG = '/var/log/postern/audit.log'

/** A folder for logs in place of the machine's. */
async function ownLogs({ site }: Walk): Promise<void> {
  const own = join(site.folder, 'logs')
  mkdirSync(join(own, 'postern'), { recursive: true, mode: 0o700 })
  const { code, stderr } = await site.lab.run(['mount', '--bind', own, '/var/log'])
  if (code !== 0) throw new Error(stderr)
}

async function restart({ site }: Walk): Promise<void> {
  await site.crashEngine()
  await site.startEngine()
}

/** Lets the engine write to the device of a block of its configuration, and takes it out again. */
async function configure(walk: Walk, text: string): Promise<void> {
  const file = join(walk.site.folder, 'engine.toml')
  const before = readFileSync(file, 'utf8')
  appendFileSync(file, text)
  const check = await walk.must('engine', `postern server -config=${file} -check`)
  expect(check).to.contain('the configuration is valid')
  await restart(walk)
  await walk.must('engine', 'postern secrets enable ssh')
  expect(await walk.must('engine', `cat ${LOG}`)).to.contain('"sys/mounts/ssh"')
  writeFileSync(file, before)
  await restart(walk)
  await walk.must('engine', `rm ${LOG}`)
}

const WEB = 'key_type=otp default_user=ubuntu allowed_users=root cidr_list=10.0.0.0/8'

/** What the page shows and searches for: passwords for two users, redeemed once with success, and others without. */
async function logins(walk: Walk): Promise<void> {
  await walk.must('engine', `postern audit enable file file_path=${LOG}`)
  await walk.must('engine', `postern secrets enable ssh\npostern write ssh/roles/web ${WEB}`)
  for (const user of ['root', 'ubuntu']) {
    const issue = `postern write -field=key ssh/creds/web ip=10.1.2.3 username=${user}`
    const otp = (await walk.must('engine', issue)).trim()
    expect(await redeem(walk, otp)).to.contain(`"username":"${user}"`)
    expect(await redeem(walk, otp)).to.contain('OTP not found')
  }
  expect(await redeem(walk, '2f7e25a2-24c9-4b7b-0d35-27d5e5203a5c')).to.contain('OTP not found')
  await walk.must('engine', `cp ${LOG} .`)
}

const redeem = (walk: Walk, otp: string) =>
  walk.must(
    'host',
    'curl -sS --interface 10.1.2.3 --cacert ca.pem -d @- https://engine.example.com:8200/v1/ssh/verify',
    JSON.stringify({ otp }),
  )

/** The lines of a table from the column "Operation" on. */
function operations(table: string): readonly string[] {
  const [head = '', ...rows] = table.split('\n')
  return [head, ...rows].map(row => row.slice(head.indexOf('Operation')).trimEnd())
}

/** As the page says: moves the file and reloads the engine, which starts a new one at once. */
async function rotate(walk: Walk, to: string): Promise<void> {
  await walk.must('engine', `mv ${LOG} /var/log/postern/${to}`)
  await walk.site.lab.run(['pkill', '-HUP', '-f', 'dist/postern server'])
  const seen = `for try in $(seq 400); do [ -s ${LOG} ] && exit; sleep 0.05; done; exit 1`
  await walk.must('engine', seen)
  await walk.must('engine', 'postern list ssh/roles')
}

let printed = ''

const STEPS: readonly Step[] = [
  {
    block: '[[audit]]',
    on: 'shown',
    first: ownLogs,
    after: configure,
  },
  {
    block: 'postern audit enable file',
    on: 'engine',
    prints: /file_path/,
  },
  {
    block: 'postern audit tail -f',
    on: 'engine',
    first: logins,
    // it goes on until it is interrupted
    replace: async () => [
      [
        `postern audit tail -f ${LOG}\n`,
        `postern audit tail -f ${LOG} > followed & pid=$!; until [ "$(grep -c ssh/verify followed)" -ge 5 ]; do sleep 0.1; done; kill $pid; cat followed\n`,
      ],
    ],
    after: async (_, text) => {
      printed = text
    },
  },
  {
    block: 'Time                      Client',
    on: 'shown',
    after: async (_, text) => {
      expect(printed).to.contain(text.split('\n', 1)[0])
      expect(operations(printed)).to.include.members(operations(text.trim()))
    },
  },
  {
    block: 'echo -n 2f7e25a2',
    on: 'engine',
    prints: /^hmac-sha256:[0-9a-f]{64}$/m,
  },
  {
    block: 'postern write sys/mounts/ssh/tune audit_non_hmac_request_keys',
    on: 'engine',
    after: async walk => {
      await walk.must('engine', `postern write ssh/roles/plain ${WEB}`)
      expect(await walk.must('engine', `grep ssh/roles/plain ${LOG}`)).to.contain(
        '"default_user":"ubuntu"',
      )
    },
  },
  {
    block: 'postern write -force sys/config/auditing/request-headers/user-agent',
    on: 'engine',
    after: async walk => {
      const headers =
        "-H 'X-Forwarded-For: 10.9.9.9' -H 'X-Forwarded-User: mary' -H 'User-Agent: Seen'"
      await walk.must(
        'engine',
        `curl -sS --cacert ca.pem ${headers} -H "X-Vault-Token: $POSTERN_TOKEN" $POSTERN_ADDR/v1/sys/mounts`,
      )
      const line = await walk.must('engine', `tail -n 1 ${LOG}`)
      expect(line).to.match(/"user-agent":\["Seen"\]/)
      expect(line).to.match(/"x-forwarded-user":\["hmac-sha256:/)
    },
  },
  {
    block: 'postern audit key > audit.pub',
    on: 'engine',
    first: async walk => {
      for (const moved of ['audit.log.2', 'audit.log.1']) await rotate(walk, moved)
      await walk.must('engine', 'cp /var/log/postern/audit.log* .; gzip audit.log.2')
    },
    after: async walk => {
      const lines = readFileSync(join(walk.desk, 'audit.log.1'), 'utf8').split('\n')
      const hash = await walk.must('engine', 'sed -n 1p audit.log.1 | sha256sum')
      expect(lines[1]).to.contain(hash.slice(0, 64))
      await walk.must('engine', "sed -i 's/10.77.0.1/10.77.0.2/' audit.log.1")
      const verify =
        'postern audit verify -public-key=audit.pub audit.log.2.gz audit.log.1 audit.log'
      expectCode(await walk.type('engine', verify), 2)
    },
  },
]

describe('The audit log', () => {
  followPage('docs/audit.md', STEPS)
})
