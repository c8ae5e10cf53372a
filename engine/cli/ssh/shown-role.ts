import type { Client } from '../client.ts'
import type { JsonObject } from '../envelope.ts'
import { RequestError } from '../request-error.ts'

/** Reads a role; `undefined` if the caller may not. Checks that first, so that the audit log has no refusal. */
export async function shownRole(
  client: Client,
  mount: string,
  role: string,
): Promise<JsonObject | undefined> {
  const [see] = await mayUse(client, mount, role)
  if (!see) return undefined
  return (await unlessRefused(client.read(`${mount}/roles/${role}`)))?.data ?? undefined
}

/** Whether the caller may read the role, request credentials of it, and sign keys with it. */
export async function mayUse(
  client: Client,
  mount: string,
  role: string,
): Promise<readonly [boolean, boolean, boolean]> {
  const paths = ['roles', 'creds', 'sign'].map(word => `${mount}/${word}/${role}`)
  const reply = await unlessRefused(client.write('sys/capabilities-self', { paths }))
  // without access to sys/capabilities-self, only a try can tell
  if (!reply) return [true, true, false]
  const [see, ask, sign] = paths.map(path => {
    const names = reply.data?.[path]
    return (capability: string) =>
      Array.isArray(names) && names.some(name => name === capability || name === 'root')
  })
  return [see?.('read') ?? false, ask?.('update') ?? false, sign?.('update') ?? false]
}

/** The result, or `undefined` if the server refused the request. */
export async function unlessRefused<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (error instanceof RequestError) return undefined
    throw error
  }
}
