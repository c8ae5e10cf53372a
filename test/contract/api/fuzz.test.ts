import { expect } from 'chai'
import {
  array,
  assert,
  asyncProperty,
  constant,
  constantFrom,
  dictionary,
  jsonValue,
  oneof,
  record,
  string,
} from 'fast-check'
import { api, ours } from './api.ts'

/** What would end the test before the others are tried, write files, make large keys, or answers with what it is told to. */
const LEFT_OUT =
  /^\/sys\/(?:audit\/|health|quotas\/|seal)|^\/auth\/token\/revoke|\/(?:config\/ca|issue|issuers\/import)\b/

/** Texts that have got programs into trouble, and some that mean something here. */
const TEXTS = [
  ...['', ' ', '\0', '\ud800', '\u2028', '\u202e', 'ä', '../..', 'a/b', '%2f', '{{', '{{}}'],
  ...['__proto__', 'constructor', 'toString', 'default', 'root', 'response-wrapping', 'ssh'],
  ...['otp', 'ca', 'jwt', 'userpass', '-1', '1e400', '0x', '99999999999999999999', '292y', '1h'],
  ...['10.0.0.1', '10.0.0.0/8', '::/0', '::ffff:1.2.3.4', '*', '+', '[', '{', '"', 'path "a" {}'],
  ...['ssh-ed25519 AAAA', 'SHA256:x', '/', 'a,b', '=', 'a=b', 'x'.repeat(300)],
]

describe('every path', () => {
  const { ask, get, mount, put } = api()

  /** What the server says it has: its paths, each with its verbs and the names of its fields. */
  async function declared() {
    const { body } = await get('sys/internal/specs/openapi')
    return Object.entries<Record<string, Operation>>(body.paths)
      .filter(([path]) => !LEFT_OUT.test(path))
      .map(([path, item]) => ({ path, fields: Object.values(item).flatMap(fieldsOf) }))
  }

  ours('answers whatever is sent, and takes no blame for it', async () => {
    for (const type of ['userpass', 'approle', 'jwt']) await put(`sys/auth/${type}`, { type })
    await put(`${mount}/roles/a`, { key_type: 'otp', default_user: 'u', cidr_list: '0.0.0.0/0' })
    const text = oneof(constantFrom(...TEXTS), string({ maxLength: 20 }))
    const value = oneof(text, array(text, { maxLength: 3 }), jsonValue({ maxDepth: 3 }))
    const paths = await declared()
    const message = constantFrom(...paths).chain(({ path, fields }) =>
      record({
        path: constant(path),
        parts: array(oneof(constant('a'), text), { minLength: 4, maxLength: 4 }),
        verb: constantFrom('GET', 'LIST', 'POST', 'POST', 'DELETE', 'HEAD', 'PATCH'),
        body: dictionary(oneof(constantFrom('x', ...fields), text), value, { maxKeys: 6 }),
        wrap: constantFrom('', '1m'),
        token: constantFrom('root', 'root', 'root', ''),
      }),
    )
    const send = async ({ path, parts, verb, body, wrap, token }: Sent) => {
      let at = 0
      const filled = path
        .slice(1)
        .replace(/\{\w+\}/g, () => encodeURIComponent((parts[at++] ?? 'a').toWellFormed()))
      const type = verb === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {}
      const headers = { ...type, ...(wrap !== '' && { 'x-vault-wrap-ttl': wrap }) }
      const sent = ['POST', 'PATCH'].includes(verb) ? { body } : {}
      const answer = await ask(verb, filled, { ...sent, headers, token })
      expect(answer.status, `${verb} ${filled}: ${answer.text}`).to.be.within(200, 499)
    }
    await assert(asyncProperty(message, send), { numRuns: 5000, interruptAfterTimeLimit: 4000 })
    expect((await get('auth/token/lookup-self')).status).to.equal(200)
  })
})

interface Sent {
  readonly path: string
  readonly parts: readonly string[]
  readonly verb: string
  readonly body: object
  readonly wrap: string
  readonly token: string
}

interface Operation {
  readonly parameters?: readonly { readonly name: string }[]
  readonly requestBody?: {
    readonly content: {
      readonly 'application/json': { readonly schema: { readonly properties: object } }
    }
  }
}

/** The names of what an operation takes. */
const fieldsOf = ({ parameters = [], requestBody }: Operation): readonly string[] => [
  ...parameters.map(({ name }) => name),
  ...Object.keys(requestBody?.content['application/json'].schema.properties ?? {}),
]
