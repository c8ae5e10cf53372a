import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import type { CommandLine } from './command-line.ts'

/** With what the examples in the help of a command run. */
export interface ExampleRow {
  /** All that its token may do besides the policy `default`: capabilities by path. Without any, the examples need no policy. */
  readonly rules?: Readonly<Record<string, string>>
  /** Lines that root types before; `ssh/` and the role `web` are there. `$folder` is a directory. */
  readonly before?: readonly string[]
  /** What is on stdin. */
  readonly input?: string
  /** What stands for something in the examples; may make it. */
  readonly replace?: (line: CommandLine) => Promise<Readonly<Record<string, string>>>
  /** Examples that end otherwise than with 0, by a part of their text. */
  readonly ends?: Readonly<Record<string, number>>
  /** What it prints is not compared: it is pages, or differs from machine to machine. */
  readonly isNotCompared?: true
  /** Its first example is also printed as JSON. */
  readonly json?: true
}

const LEASE = 'ssh/creds/web/4d5eed31568d74fa05197165'
const ACCESSOR = '9793c9b3-e04a-46f3-e7b8-748d7da248da'
const POLICY = 'path "ssh/creds/web" {\n  capabilities = ["update"]\n}\n'

const USERPASS = ['auth enable userpass']

/** A lease of the role web. */
const lease = async (line: CommandLine) => ({
  [LEASE]: await line.must('write -field=lease_id ssh/creds/web ip=10.1.2.3'),
})

/** The accessor of a token, also for what is cut short. */
async function accessor(line: CommandLine) {
  const made = await line.must('token create -policy=default -field=token_accessor')
  return { [ACCESSOR]: made, '9793c9b3-e04a-46f3': made }
}

/** A file with a policy. */
async function policyFile(line: CommandLine) {
  const file = join(line.folder, 'ops.hcl')
  writeFileSync(file, POLICY)
  return { 'ops.hcl': file }
}

async function jsonFiles(line: CommandLine) {
  const file = join(line.folder, 'options.json')
  writeFileSync(file, '{}')
  return { 'options.json': file }
}

const inFolder = (path: string) => async (line: CommandLine) => ({ [path]: line.folder })

/** A start file of bash, which `completion install` changes. */
async function startFile(line: CommandLine) {
  writeFileSync(join(line.folder, '.bashrc'), '')
  return {}
}

/** Address of a server that takes everything. It does not keep the process alive. */
async function tcpServer(): Promise<string> {
  const server = createServer(socket => socket.resume().unref())
    .listen(0, '127.0.0.1')
    .unref()
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The log of the engine, with a line. */
async function logFile(line: CommandLine) {
  await line.must('write ssh/creds/web ip=10.1.2.3')
  return { ' audit.log*': ' audit.log', ' audit.log': ` ${join(line.folder, 'audit.log')}` }
}

/** By command. */
export const EXAMPLE_ROWS: Readonly<Record<string, ExampleRow>> = {
  // a server without TLS has no CA
  status: { json: true, ends: { ca_fingerprint: 1 } },
  can: {
    rules: { 'ssh/creds/web': 'update', 'ssh/explain': 'update sudo' },
    before: ['write ssh/hosts/web-1 groups=web', 'write identity/entity name=ann'],
    ends: { '-as=ann': 1 },
  },
  // no path of this server can be patched
  patch: { ends: { patch: 2 }, replace: jsonFiles, input: '{}' },
  read: {
    rules: { 'ssh/roles/web': 'read', 'ssh/public_key': 'read' },
    before: ['write ssh/config/ca key_type=ed25519'],
    json: true,
  },
  write: {
    rules: {
      'ssh/roles/web': 'create update',
      'ssh/creds/web': 'update',
      'sys/seal': 'update sudo',
    },
    input: '{"key_type":"otp","default_user":"ubuntu","cidr_list":"10.0.0.0/8"}',
  },
  list: { rules: { 'ssh/roles': 'list' }, json: true },
  delete: { rules: { 'ssh/roles/web': 'delete' } },
  'path-help': { isNotCompared: true },
  'secrets enable': {
    rules: { 'sys/mounts/+': 'update' },
    before: ['secrets disable ssh'],
  },
  'secrets list': { rules: { 'sys/mounts': 'read' }, json: true },
  'secrets disable': { rules: { 'sys/mounts/ssh': 'delete' } },
  'secrets tune': { rules: { 'sys/mounts/ssh/tune': 'update' } },
  'secrets move': {
    rules: { 'sys/remount': 'update sudo', 'sys/remount/status/+': 'read' },
    before: USERPASS,
  },
  'auth enable': { rules: { 'sys/auth/+': 'update sudo' } },
  'auth list': { rules: { 'sys/auth': 'read' }, before: USERPASS, json: true },
  'auth disable': { rules: { 'sys/auth/userpass': 'delete sudo' }, before: USERPASS },
  'auth tune': { rules: { 'sys/mounts/auth/userpass/tune': 'update' }, before: USERPASS },
  'auth move': {
    rules: { 'sys/remount': 'update sudo', 'sys/remount/status/+': 'read' },
    before: USERPASS,
    ends: { 'auth/userpass/ auth/people/': 2 },
  },
  'auth help': {
    rules: { 'sys/auth': 'read' },
    before: [...USERPASS, 'auth enable -path=people userpass'],
  },
  unwrap: {
    rules: { 'ssh/creds/web': 'update' },
    replace: async line => ({
      'hvs.…': await line.must(
        'write -wrap-ttl=5m -field=wrapping_token ssh/creds/web ip=10.1.2.3',
      ),
    }),
  },
  'policy write': {
    rules: { 'sys/policies/acl/ops': 'create update' },
    input: POLICY,
    replace: policyFile,
  },
  'policy read': { json: true, rules: { 'sys/policies/acl/default': 'read' } },
  'policy list': { rules: { 'sys/policies/acl': 'list' }, json: true },
  'policy delete': { rules: { 'sys/policies/acl/ops': 'delete' } },
  'policy fmt': { replace: policyFile },
  'print token': {},
  'token capabilities': { rules: { 'sys/capabilities-accessor': 'update' }, replace: accessor },
  'token create': {
    rules: { 'auth/token/create': 'update sudo' },
  },
  'token lookup': {
    rules: { 'auth/token/lookup-accessor': 'update' },
    replace: accessor,
    json: true,
  },
  'token renew': {},
  'token revoke': {
    rules: { 'auth/token/revoke-accessor': 'update', 'auth/token/revoke-orphan': 'update sudo' },
    replace: async line => ({
      ...(await accessor(line)),
      'hvs.CAESIJ': await line.must('token create -field=token'),
    }),
  },
  'lease lookup': { replace: lease, json: true },
  // a password is not renewed
  'lease renew': { replace: lease, ends: { renew: 2 } },
  'lease revoke': {
    rules: {
      'sys/leases/revoke': 'update',
      'sys/leases/revoke/*': 'update',
      'sys/leases/revoke-prefix/*': 'update sudo',
      'sys/leases/revoke-force/*': 'update sudo',
    },
    replace: lease,
  },
  'audit enable': {
    rules: { 'sys/audit/+': 'update sudo' },
    replace: async line => ({
      '/var/log/postern': line.folder,
      '/srv/audit.log': join(line.folder, 'slow.log'),
      '10.0.0.5:9000': await tcpServer(),
      '127.0.0.1:514': await tcpServer(),
    }),
  },
  'audit list': {
    rules: { 'sys/audit': 'read sudo' },
    before: ['audit enable file file_path=$folder/audit.log'],
    json: true,
  },
  'audit disable': {
    rules: { 'sys/audit/file': 'delete sudo' },
    before: ['audit enable file file_path=$folder/audit.log'],
  },
  'audit hash': {
    rules: { 'sys/audit-hash/file': 'update' },
    before: ['audit enable file file_path=$folder/audit.log'],
    input: '2f7e25a2-24c9-4b7b-0d35-27d5e5203a5c',
  },
  'audit search': {
    rules: { 'sys/audit-search/file': 'update sudo' },
    before: ['audit enable file file_path=$folder/audit.log'],
    replace: logFile,
    input: 'hvs.none',
    // names the machine
    isNotCompared: true,
  },
  'audit key': { rules: { 'sys/audit-key': 'read' }, json: true },
  'operator rotate': { rules: { 'sys/rotate': 'update sudo', 'sys/key-status': 'read' } },
  'operator key-status': { rules: { 'sys/key-status': 'read' }, json: true },
  // names the machine
  'operator members': { rules: { 'sys/ha-status': 'read' }, isNotCompared: true },
  'operator step-down': { ends: { 'step-down': 2 } },
  'operator seal': { rules: { 'sys/seal': 'update sudo' } },
  'operator generate-seal-key': { replace: inFolder('/etc/postern') },
  export: {
    rules: {
      'sys/*': 'read list',
      'ssh/*': 'read list',
      'identity/*': 'read list',
      'auth/*': 'read list',
    },
  },
  mount: { rules: { 'sys/mounts/ssh': 'update' }, before: ['secrets disable ssh'] },
  unmount: { rules: { 'sys/mounts/ssh': 'delete' } },
  mounts: { rules: { 'sys/mounts': 'read' } },
  // the texts of licences are in a built program
  version: { ends: { licenses: 1 } },
  completion: { replace: startFile, isNotCompared: true },
}
