import { Refusal } from './refusal.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Variables that change what Node, OpenSSL, the C library or clients of Vault do. */
const UNSAFE =
  /^(?:NODE_.*|LD_.*|.*_PROXY|SSL_CERT_.*|SSLKEYLOGFILE|OPENSSL_.*|VAULT_.*|BAO_.*|POSTERN_.*|UV_.*|RES_OPTIONS|LOCALDOMAIN|HOSTALIASES|GCONV_PATH|GLIBC_TUNABLES|MALLOC_.*)$/i

/** Whether PAM started the program: then nothing but a good password may end well. */
export const calledByPam = (environment: Environment): boolean =>
  Object.keys(environment).some(name => name.startsWith('PAM_'))

/**
 * Refuses to go on under variables that could change a decision. sshd sets none of them, and su and sudo pass on what the
 * user has set, so a login with one of them is an attack or a mistake.
 * @throws {Refusal} that names them
 */
export function requireSafe(environment: Environment): void {
  const unsafe = Object.keys(environment).filter(name => UNSAFE.test(name))
  if (unsafe.length > 0)
    throw new Refusal('environment', `unsafe in the environment: ${unsafe.sort().join(', ')}`)
}
