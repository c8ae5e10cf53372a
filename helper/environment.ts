import { Refusal } from './refusal.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Variables that change the behaviour of Node, OpenSSL, ICU, the C library or Vault's clients. docs/environment.md */
const UNSAFE = new RegExp(
  `^(?:${[
    'NODE_.*|UV_.*|ICU_.*|SIMDUTF_.*',
    'OPENSSL_.*|SSL_CERT_.*|SSLKEYLOGFILE|.*_PROXY',
    'LD_.*|GLIBC_TUNABLES|MALLOC_.*|GCONV_PATH|GETCONF_DIR|LOCPATH|NLSPATH|TZDIR|NIS_PATH',
    'RES_OPTIONS|LOCALDOMAIN|HOSTALIASES|RESOLV_HOST_CONF',
    'VAULT_.*|BAO_.*|POSTERN_.*',
  ].join('|')})$`,
  'i',
)

/** Whether PAM started the program: then it exits with 0 only for an allowed login. */
export const calledByPam = (environment: Environment): boolean =>
  Object.keys(environment).some(name => name.startsWith('PAM_'))

/**
 * Refuses variables that could change a decision. sshd sets none of them; su and sudo pass on those of the user, so a login with one
 * of them is an attack or a mistake.
 * @throws {Refusal} that names them
 */
export function requireSafe(environment: Environment): void {
  const unsafe = Object.keys(environment).filter(name => UNSAFE.test(name))
  if (unsafe.length > 0)
    throw new Refusal('environment', `unsafe in the environment: ${unsafe.sort().join(', ')}`)
}
