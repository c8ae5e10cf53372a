import { resolve } from 'node:path'
import { readCertificate } from '../../../openssh/certificate-reader.ts'
import { EXIT, Failure } from '../../failure.ts'
import { Agent } from '../agent.ts'
import { signed } from '../certificate-login.ts'
import { userKey } from '../user-key.ts'
import { keepPlan } from './kept-plan.ts'
import { isPlainHost, isPlainUser } from './plain-name.ts'
import { replaceFile, replaceLink } from './private-files.ts'
import type { Prepared } from './role-for.ts'
import { refreshTrust } from './trust-file.ts'

/** Gets a certificate for the user's own key, and puts it where the block says. Gives the exit code. */
export async function prepareCertificate(
  { role }: { readonly role: string },
  prepared: Prepared,
): Promise<number> {
  const { check, call, client, mount, plan } = prepared
  const { ssh, directory } = check
  const name = nameOf(prepared)
  const paths = { publicKeyPath: call.flags['public-key-path'], privateKeyPath: undefined }
  const key = await userKey(paths, call.io, new Agent(call.io.environment))
  const wanted = { mount, role, noExec: false }
  const line = await signed(key, plan.user ?? '', wanted, { client, print: call.print })
  if (line === undefined) throw new Failure('missing signed key', EXIT.server)
  await refreshTrust(prepared)
  if (key.privateFile === undefined) replaceFile(directory, name, `${key.line}\n`)
  else replaceLink(directory, name, resolve(key.privateFile))
  const file = replaceFile(directory, `${name}-cert.pub`, `${line}\n`)
  const { validBefore } = readCertificate(line)
  keepPlan(directory, [...ssh.sharing, ...ssh.words], {
    plan: { kind: 'certificate', file, validBefore },
    files: plan.files,
  })
  return EXIT.ok
}

/** The name that `%r@%h:%p` becomes in the block. */
function nameOf({ plan: { user = '', host, port = '22' } }: Prepared): string {
  if (isPlainUser(user) && isPlainHost(host)) return `${user}@${host}:${port}`
  throw new Failure(`no certificate is made for the user ${JSON.stringify(user)} at ${host}`)
}
