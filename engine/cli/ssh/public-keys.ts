import type { Client } from '../client.ts'

/** The public keys of all issuers of a mount, a line each; `undefined` if there are none. Vault has only that of the default issuer. */
export async function publicKeys(
  client: Client,
  mount: string,
): Promise<readonly string[] | undefined> {
  const text =
    (await client.readText(`${mount}/public_keys`)) ??
    (await client.readText(`${mount}/public_key`))
  const lines = text?.split('\n').filter(line => line.trim() !== '')
  // a comment alone means that there is none
  return lines?.every(line => line.startsWith('#')) && lines.length > 0 ? undefined : lines
}
