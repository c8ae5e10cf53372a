import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeKrl } from '../../engine/openssh/krl.ts'
import { type CertificateAuthority, certificateAuthority } from '../support/certificates.ts'
import { Keygen } from '../support/keygen.ts'
import { startLastingEngine } from './lasting.ts'
import { BAO, OpenBao } from './open-bao.ts'
import { load, type Program } from './programs.ts'
import { request, tokenOf } from './requests.ts'
import { startEngine } from './servers.ts'
import type { Row } from './table.ts'

const ROUNDS = 3
const MILLISECONDS = 1000
const CLIENTS = 32
/** Certificates that ssh-keygen signs in one run. */
const BATCH = 200

const AUTHORITIES = [
  ['rsa-2048', { key_type: 'ssh-rsa', key_bits: 2048 }, ['-t', 'rsa', '-b', '2048']],
  ['rsa-4096', { key_type: 'ssh-rsa', key_bits: 4096 }, ['-t', 'rsa', '-b', '4096']],
  ['p256', { key_type: 'ecdsa-sha2-nistp256' }, ['-t', 'ecdsa', '-b', '256']],
  ['ed25519', { key_type: 'ssh-ed25519' }, ['-t', 'ed25519']],
] as const

/** A server that signs: ours, or an OpenBao that somebody has running. */
interface Signer {
  readonly port: number
  readonly ca: string
  /** Header line. */
  readonly token: string
}

/**
 * Certificates a second over HTTPS, with an inventory of them in memory or in SQLite, beside ssh-keygen, which signs many in one process and
 * keeps no record; and beside OpenBao, which keeps none either, where `POSTERN_BENCH_BAO` names the program. Then key revocation lists, beside ssh-keygen, too.
 */
export async function certificateRows(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  using keygen = new Keygen()
  try {
    const authority = certificateAuthority(folder)
    const certificate = authority.issue({ addresses: ['127.0.0.1'] })
    await using engine = await startEngine(certificate, folder)
    await using lasting = await startLastingEngine(certificate, authority.caFile, folder)
    const ca = readFileSync(authority.caFile, 'utf8')
    await using bao = await openBao(authority, folder)
    const rows: Row[] = []
    for (const [name, key, words] of AUTHORITIES) {
      const reference = byKeygen(keygen, words)
      const row = (what: string, perSecond: number, to = reference, aim?: string): Row => ({
        name: what,
        amount: perSecond,
        unit: '/s',
        ratio: perSecond / to,
        aim,
      })
      rows.push(row(`ssh-keygen -s, authority of ${name}`, reference))
      const kinds = [
        ['in memory', engine],
        ['SQLite', lasting],
      ] as const
      const rival = bao && (await signing(signerOf(bao, ca), name, key, keygen))
      for (const [kind, program] of kinds) {
        const signed = await signing(signerOf(program, ca), name, key, keygen)
        rows.push(row(`  sign, ${kind}`, signed))
        if (rival) rows.push(row(`  sign, ${kind}, to OpenBao`, signed, rival, '>= 0.7'))
      }
      if (rival) rows.push(row('  sign, OpenBao', rival))
    }
    return [...rows, ...krlRows(keygen)]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const signerOf = (program: Program, ca: string): Signer => ({
  port: program.port,
  ca,
  token: tokenOf(program),
})

async function openBao(
  { issue, caFile }: CertificateAuthority,
  folder: string,
): Promise<Program | undefined> {
  if (!BAO) return undefined
  const certificate = issue({ addresses: ['127.0.0.1'] })
  return (await OpenBao.create(BAO, certificate, { storage: 'file', folder, caFile })).start()
}

/** Mounts an engine of its own, and has it sign for a while, several times. Gives the best. */
async function signing(
  { port, ca, token }: Signer,
  name: string,
  key: object,
  keygen: Keygen,
): Promise<number> {
  const mount = `bench-${name}-${process.pid}`
  const line = keygen.key('-t', 'ed25519').line
  const role = {
    key_type: 'ca',
    allow_user_certificates: true,
    allowed_users: '*',
    default_user: 'ubuntu',
    ttl: '5m',
  }
  const ask = async (path: string, data: object, milliseconds: number, clients: number) => {
    const work = { kind: 'repeat', request: request('POST', path, data, token) } as const
    const most = clients === 1 ? { most: 1 } : {}
    const done = await load({ ports: [port], ca, clients, milliseconds, work, ...most })
    if (done.failures > 0) throw new Error(`${path}: ${done.failures} requests failed`)
    return done
  }
  await ask(`/v1/sys/mounts/${mount}`, { type: 'ssh' }, 20_000, 1)
  await ask(`/v1/${mount}/config/ca`, { ...key, generate_signing_key: true }, 20_000, 1)
  await ask(`/v1/${mount}/roles/r`, role, 20_000, 1)
  let best = 0
  for (let round = 0; round < ROUNDS; round++) {
    const done = await ask(`/v1/${mount}/sign/r`, { public_key: line }, MILLISECONDS, CLIENTS)
    best = Math.max(best, (done.count * 1000) / done.milliseconds)
  }
  return best
}

/** How many certificates ssh-keygen signs in a second, the best of several runs. */
function byKeygen(keygen: Keygen, words: readonly string[]): number {
  const { file } = keygen.key(...words)
  const { line } = keygen.key('-t', 'ed25519')
  const keys = Array.from({ length: BATCH }, (_, at) => keygen.write(`batch${at}.pub`, `${line}\n`))
  const times = Array.from({ length: ROUNDS }, () => {
    const begun = performance.now()
    execFileSync('ssh-keygen', ['-q', '-s', file, '-I', 'bench', '-n', 'ubuntu', ...keys])
    return performance.now() - begun
  })
  return (BATCH * 1000) / Math.min(...times)
}

/** How long it takes to make lists of revoked serials, and how large they are. */
function krlRows(keygen: Keygen): readonly Row[] {
  const { file, line } = keygen.key('-t', 'ed25519')
  const authority = Buffer.from(line.split(' ')[1] ?? '', 'base64')
  return [1000, 100_000].flatMap(count => {
    const serials = Array.from({ length: count }, (_, at) => BigInt(at + 1) * 0x9e3779b97f4an)
    const spec = join(keygen.folder, 'spec')
    writeFileSync(spec, serials.map(serial => `serial: ${serial}\n`).join(''))
    const theirs = timed(() => {
      execFileSync('ssh-keygen', [
        '-k',
        '-f',
        join(keygen.folder, 'krl'),
        '-s',
        `${file}.pub`,
        spec,
      ])
    })
    let size = 0
    const ours = timed(() => {
      const list = { version: 1n, generatedAt: 0, keyIds: [], keys: [], fingerprints: [] }
      size = encodeKrl({ ...list, serials: [{ authority, serials }] }).length
    })
    const row = (name: string, amount: number): Row => ({
      name,
      amount,
      unit: 'ms',
      ratio: amount / theirs,
      aim: undefined,
    })
    return [
      row(`ssh-keygen -k, ${count} serials`, theirs),
      row(`  krl, ${Math.round(size / 1024)} KiB`, ours),
    ]
  })
}

function timed(work: () => void): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const begun = performance.now()
    work()
    return performance.now() - begun
  })
  return Math.min(...times)
}
