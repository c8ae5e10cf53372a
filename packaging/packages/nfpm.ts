import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cache } from './node-for.ts'

const MODULE = join(import.meta.dirname, '../nfpm')

/** Older ones cannot fetch a newer one, which nfpm needs. */
const OLDEST_GO = 21

const HOW = `it builds nfpm, which writes the packages. On Debian 13: apt-get install golang-go; on Debian 12: apt-get install -t bookworm-backports golang-go; elsewhere: https://go.dev/dl`

/**
 * The program nfpm. It is built once, by Go, from the modules in packaging/nfpm/go.mod; Go compares their hashes with go.sum. docs/decisions/0036-packages.md
 * @throws {Error} that says what to install where there is no Go
 */
export function nfpm(): string {
  const modules = ['go.mod', 'go.sum'].map(name => readFileSync(join(MODULE, name), 'utf8'))
  const digest = createHash('sha256').update(modules.join('')).digest('hex').slice(0, 20)
  const program = join(cache(), 'nfpm', digest)
  if (existsSync(program)) return program
  requireGo()
  console.log('building nfpm, once')
  mkdirSync(dirname(program), { recursive: true })
  const draft = `${program}.${process.pid}`
  const tool = 'github.com/goreleaser/nfpm/v2/cmd/nfpm'
  execFileSync('go', ['build', '-trimpath', '-mod=readonly', '-o', draft, tool], {
    cwd: MODULE,
    // Debian's Go does not fetch a newer Go by itself
    env: { ...process.env, GOTOOLCHAIN: process.env.GOTOOLCHAIN ?? 'auto', CGO_ENABLED: '0' },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  renameSync(draft, program)
  return program
}

function requireGo(): void {
  const { stdout } = spawnSync('go', ['version'], { encoding: 'utf8' })
  const [, minor] = /go1\.(\d+)/.exec(stdout ?? '') ?? []
  if (minor === undefined) throw new Error(`Go is missing: ${HOW}`)
  if (Number(minor) < OLDEST_GO)
    throw new Error(`Go 1.${minor} is too old, 1.${OLDEST_GO} is the oldest: ${HOW}`)
}
