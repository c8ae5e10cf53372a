import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A key as `ssh-keygen` made it. */
export interface MadeKey {
  /** The line of its public key, without the end of line. */
  readonly line: string
  /** File of the private key. */
  readonly file: string
}

/** What `ssh-keygen -L` says of a certificate. */
export interface ReadCertificate {
  readonly type: string
  readonly signedBy: string
  readonly keyId: string
  readonly serial: string
  /** As it is shown in UTC. */
  readonly valid: string
  readonly principals: readonly string[]
  readonly criticalOptions: readonly string[]
  readonly extensions: readonly string[]
}

/** OpenSSH's own tool, with a folder for its files. */
export class Keygen {
  readonly folder = mkdtempSync(join(tmpdir(), 'postern-keygen-'))
  #made = 0

  /** @param words for example `-t rsa -b 2048` */
  key(...words: readonly string[]): MadeKey {
    const file = join(this.folder, `key${++this.#made}`)
    execFileSync('ssh-keygen', ['-q', '-N', '', '-C', '', '-f', file, ...words])
    return { file, line: readFileSync(`${file}.pub`, 'utf8').trim() }
  }

  /** Runs ssh-keygen for what else it can do. */
  run(...words: readonly string[]): void {
    execFileSync('ssh-keygen', words, { stdio: 'ignore' })
  }

  write(name: string, content: string | Uint8Array, mode = 0o600): string {
    const file = join(this.folder, name)
    writeFileSync(file, content, { mode })
    return file
  }

  read(file: string): string {
    return readFileSync(file, 'utf8')
  }

  /** The public key, `type base64`, of a private key in PEM. */
  publicOf(pem: string): string {
    const file = this.write('private', pem)
    const line = execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' })
    return line.trim().split(' ').slice(0, 2).join(' ')
  }

  /** The line of a certificate for a public key, by an authority that is thrown away. @param words for example `-I id -n ann` */
  signed(line: string, words: readonly string[]): string {
    const authority = this.key('-t', 'ed25519')
    const file = this.write(`subject${this.#made}.pub`, line)
    execFileSync('ssh-keygen', ['-q', '-s', authority.file, ...words, file])
    return readFileSync(file.replace(/\.pub$/, '-cert.pub'), 'utf8').trim()
  }

  /** Reads a certificate. @throws {Error} if it is none, or its signature does not hold */
  certificate(line: string): ReadCertificate {
    const file = this.write('read-cert.pub', line)
    const env = { ...process.env, TZ: 'UTC' }
    const text = execFileSync('ssh-keygen', ['-L', '-f', file], { encoding: 'utf8', env })
    const lines = text.split('\n').slice(1)
    const after = (name: string) =>
      lines
        .find(each => each.trim().startsWith(`${name}:`))
        ?.split(`${name}:`)[1]
        ?.trim() ?? ''
    const below = (name: string) => {
      const start = lines.findIndex(each => each.trim().startsWith(`${name}:`))
      const found: string[] = []
      for (const each of lines.slice(start + 1)) {
        if (!each.startsWith(' '.repeat(16))) break
        found.push(each.trim())
      }
      return found
    }
    return {
      type: after('Type'),
      signedBy: after('Signing CA'),
      keyId: after('Key ID').slice(1, -1),
      serial: after('Serial'),
      valid: after('Valid'),
      principals: below('Principals'),
      criticalOptions: below('Critical Options'),
      extensions: below('Extensions'),
    }
  }

  /** Whether a revocation list revokes a key or a certificate. @throws {Error} if it is no list */
  isRevoked(list: Uint8Array, line: string): boolean {
    const file = this.write('read.krl', list)
    const { status, stdout, stderr } = spawnSync(
      'ssh-keygen',
      ['-Q', '-f', file, this.write('asked.pub', line)],
      { encoding: 'utf8' },
    )
    if (/: ok$/m.test(stdout) && status === 0) return false
    if (/: REVOKED$/m.test(stdout)) return true
    throw new Error(`ssh-keygen -Q: ${status} ${stdout}${stderr}`)
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true })
  }
}
