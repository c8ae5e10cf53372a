import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { getCACertificates } from 'node:tls'
import { Failure } from './failure.ts'
import type { Settings } from './settings.ts'

interface TlsOptions {
  readonly ca?: readonly string[]
  readonly servername?: string
  readonly rejectUnauthorized: boolean
}

/** How to check the server's certificate: against the CAs of the settings, else against those of the machine. */
export function tlsOptions({ address, tls }: Settings): TlsOptions {
  if (address.protocol !== 'https:') return { rejectUnauthorized: true }
  const { caFile, caFolder, serverName, skipVerify } = tls
  return {
    ca: caFile ? [read(caFile)] : caFolder ? readFolder(caFolder) : machine(),
    ...(serverName && { servername: serverName }),
    rejectUnauthorized: !skipVerify,
  }
}

// a company's own CA stands with the machine, not in Node
const machine = () => [...getCACertificates('default'), ...getCACertificates('system')]

function readFolder(path: string): string[] {
  try {
    const files = readdirSync(path, { withFileTypes: true }).filter(entry => !entry.isDirectory())
    return files.map(entry => read(join(path, entry.name)))
  } catch (error) {
    throw unreadable(path, error)
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw unreadable(path, error)
  }
}

function unreadable(path: string, error: unknown): Failure {
  if (error instanceof Failure) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new Failure(`failed to read the CA certificates of ${path}: ${reason}`)
}
