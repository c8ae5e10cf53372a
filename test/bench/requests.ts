import { load, type Program } from './programs.ts'

export const VERIFY = '/v1/ssh/verify'

const ROLE = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8', ttl: '1m' }

/** Mounts the SSH engine, makes a role, and lets one source ask as often as it can. */
export async function prepare(engine: Program, ca: string): Promise<void> {
  for (const [path, data] of [
    ['/v1/sys/mounts/ssh', { type: 'ssh' }],
    ['/v1/ssh/roles/web', ROLE],
    ['/v1/sys/quotas/rate-limit/bench', { path: 'ssh/verify', rate: 1_000_000 }],
  ] as const) {
    const first = request('POST', path, data, tokenOf(engine))
    const work = { kind: 'pair', first } as const
    const job = { ports: [engine.port], ca, clients: 1, milliseconds: 20_000, most: 1, work }
    const { failures } = await load(job)
    if (failures > 0) throw new Error(`${path} failed`)
  }
}

/** The header with the token that an engine has printed. */
export const tokenOf = (engine: Program): string =>
  `X-Vault-Token: ${/^Root Token: (\S+)$/m.exec(engine.output)?.[1]}\r\n`

/** The text of a request; with data it has a body. */
export function request(verb: string, path: string, data: object = {}, headers = ''): string {
  const body = verb === 'POST' || verb === 'PUT' ? JSON.stringify(data) : ''
  const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`
  return `${verb} ${path} HTTP/1.1\r\nHost: bench\r\n${headers}${length}\r\n${body}`
}
