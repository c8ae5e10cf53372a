import { testEngine } from './test-engine.ts'

/** Seconds for which the parent of the token is valid. */
export const PARENT_TTL = 10

/** An engine with userpass, and a token whose parent expires before it does. */
export async function shortParent() {
  const made = await testEngine()
  await made.post('sys/auth/userpass', { type: 'userpass' })
  await made.post('sys/policies/acl/all', {
    policy: 'path "auth/*" { capabilities = ["create", "update", "read", "sudo"] }',
  })
  const create = async (ttl: string, by?: string) =>
    (await made.post('auth/token/create', { policies: ['all'], ttl }, by)).body.auth
      .client_token as string
  const token = await create('1h', await create(`${PARENT_TTL}s`))
  return { ...made, token }
}
