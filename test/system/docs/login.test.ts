import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { followPage, type Step } from '../../support/docs/page.ts'
import type { Walk } from '../../support/docs/walk.ts'

const LOGIN = 'postern login -method=userpass username=ann'
const PASSWORD = 'correct horse battery'

const read = async (walk: Walk, field: string, path: string) =>
  (await walk.must('engine', `postern read -field=${field} ${path}`)).trim()

/** The accessor of a mounted method. */
const accessor = async (walk: Walk, mount: string) =>
  JSON.parse(await walk.must('engine', 'postern auth list -format=json'))[`${mount}/`].accessor

/** Starts the provider of identities, and a browser that goes where it is sent. */
async function identities(walk: Walk): Promise<void> {
  const { certFile, keyFile } = walk.site.authority.issue({
    names: ['id.example.com', 'ci.example.com'],
  })
  const script = join(import.meta.dirname, '../../support/docs/identity-provider.ts')
  const provider = walk.site.lab.start([process.execPath, script, keyFile, certFile])
  await once(provider.stdout ?? provider, 'data')
  const browser = join(walk.desk, 'bin/xdg-open')
  writeFileSync(
    browser,
    `#!/bin/sh\nexec curl -sS -L --cacert ${walk.desk}/ca.pem "$1" >/dev/null\n`,
  )
  chmodSync(browser, 0o755)
  writeFileSync(join(walk.desk, 'secret'), 'secret')
  await walk.must(
    'engine',
    'curl -sS --fail --cacert ca.pem https://ci.example.com/job > token.jwt',
  )
}

const TRUST = 'oidc_discovery_ca_pem=@ca.pem'

const entityOf = async (walk: Walk, name: string, mount: string) => {
  const words = `alias_name=${name} alias_mount_accessor=${await accessor(walk, mount)}`
  const found = await walk.must(
    'engine',
    `postern write -format=json identity/lookup/entity ${words}`,
  )
  return JSON.parse(found).data.id as string
}

const STEPS: readonly Step[] = [
  { block: 'postern auth enable userpass', on: 'engine' },
  {
    block: "read -rsp 'Password: ' password",
    on: 'engine',
    // the command line asks at a terminal alone
    replace: async () => [[LOGIN, `script -qec '${LOGIN}' /dev/null`]],
    input: `${PASSWORD}\n${PASSWORD}\n`,
    prints: /token_policies\s+\["?default"?,? "?web"?\]/,
  },
  {
    block: '#!/bin/sh',
    on: 'shown',
    // without a keyring, as here, it must at least be a script that a shell reads
    after: (walk, text) =>
      walk.must('engine', `sh -n -c ${JSON.stringify(text).replaceAll('$', '\\$')}`),
  },
  { block: 'Your token has expired', on: 'shown' },
  { block: 'postern write auth/machines/role/web', on: 'engine' },
  {
    block: '(umask 077; postern unwrap',
    on: 'engine',
    replace: async walk => [
      [
        'hvs.…',
        await walk.must(
          'engine',
          'printf %s "$(postern write -force -wrap-ttl=5m -field=wrapping_token auth/machines/role/web/secret-id)"',
        ),
      ],
      ['role_id=…', `role_id=${await read(walk, 'role_id', 'auth/machines/role/web/role-id')}`],
    ],
    after: walk => walk.must('engine', '[ "$(stat -c %a secret-id)" = 600 ]'),
  },
  {
    block: 'postern auth enable jwt',
    on: 'engine',
    first: identities,
    replace: async () => [
      [
        'oidc_discovery_url=https://ci.example.com',
        `oidc_discovery_url=https://ci.example.com ${TRUST}`,
      ],
    ],
    prints: /deploy/,
  },
  {
    block: 'postern auth enable oidc',
    on: 'engine',
    replace: async () => [
      [
        'oidc_discovery_url=https://id.example.com',
        `oidc_discovery_url=https://id.example.com ${TRUST}`,
      ],
    ],
    prints: /Success! You are now authenticated/,
  },
  {
    block: 'postern write auth/oidc/role/anywhere',
    on: 'engine',
    prints: /Success! You are now authenticated/,
  },
  {
    block: 'postern write identity/entity name=ann',
    on: 'engine',
    replace: async walk => [
      [
        'name=ann canonical_id=…',
        `name=deploy-ann canonical_id="$(postern read -field=id identity/entity/name/ann)"`,
      ],
      ['auth_userpass_0123abcd', await accessor(walk, 'userpass')],
    ],
  },
  {
    block: 'postern write identity/entity/merge',
    on: 'engine',
    replace: async walk => [
      ['to_entity_id=…', `to_entity_id=${await read(walk, 'id', 'identity/entity/name/ann')}`],
      ['from_entity_ids=…', `from_entity_ids=${await entityOf(walk, 'ann', 'oidc')}`],
    ],
  },
  {
    block: 'postern write identity/group name=ops policies=ops member',
    on: 'engine',
    replace: async walk => [['…,…', `${await read(walk, 'id', 'identity/entity/name/ann')}`]],
    after: walk => walk.must('engine', 'postern delete identity/group/name/ops'),
  },
  {
    block: 'postern write identity/group name=ops type=external',
    on: 'engine',
    replace: async walk => [
      ['canonical_id=…', 'canonical_id="$(postern read -field=id identity/group/name/ops)"'],
      ['auth_jwt_0123abcd', await accessor(walk, 'jwt')],
    ],
  },
  {
    block: 'postern write ssh/roles/own',
    on: 'engine',
    first: walk => walk.must('engine', 'postern secrets enable ssh'),
  },
]

describe('Logging in to the engine', () => {
  followPage('docs/login.md', STEPS)
})
