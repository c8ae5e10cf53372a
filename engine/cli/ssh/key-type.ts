import type { Client } from '../client.ts'
import { RequestError } from '../request-error.ts'

/**
 * The kind of credential that a role makes. Where the role does not show itself, what the caller may do with it tells; and `otp`, the usual
 * one, where nothing does.
 */
export async function keyType(client: Client, mount: string, role: string): Promise<string> {
  const [see, ask, sign] = await mayUse(client, mount, role)
  // to ask for what is not allowed would leave a refusal in the audit log with every login
  if (see) {
    const shown = await unlessRefused(client.read(`${mount}/roles/${role}`))
    if (shown) return String(shown.data?.key_type ?? 'otp')
  }
  return sign && !ask ? 'ca' : 'otp'
}

/** Whether the caller may have keys signed by a role. */
export async function maySign(client: Client, mount: string, role: string): Promise<boolean> {
  const [, , sign] = await mayUse(client, mount, role)
  return sign
}

/** Whether the caller may look at the role, get credentials by it, and have keys signed by it. */
async function mayUse(
  client: Client,
  mount: string,
  role: string,
): Promise<readonly [boolean, boolean, boolean]> {
  const paths = ['roles', 'creds', 'sign'].map(word => `${mount}/${word}/${role}`)
  const reply = await unlessRefused(client.write('sys/capabilities-self', { paths }))
  // a token that may not even ask that has to try
  if (!reply) return [true, true, false]
  const [see, ask, sign] = paths.map(path => {
    const names = reply.data?.[path]
    return (capability: string) =>
      Array.isArray(names) && names.some(name => name === capability || name === 'root')
  })
  return [see?.('read') ?? false, ask?.('update') ?? false, sign?.('update') ?? false]
}

async function unlessRefused<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (error instanceof RequestError) return undefined
    throw error
  }
}
