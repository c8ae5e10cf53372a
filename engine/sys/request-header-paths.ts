import { boolean, string } from '../../shared/field.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'
import { auditedHeaders, putAuditedHeaders } from '../audit/audited-headers.ts'
import type { Core } from '../core/core.ts'

/** The name of a header: a token of RFC 9110 §5.6.2. */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/

/** Headers with credentials. */
const SECRET_HEADERS = ['authorization', 'cookie', 'proxy-authorization', 'x-vault-token']

/** `sys/config/auditing/request-headers`: the request headers that the audit log shows. */
export const requestHeaders = ({ audit }: Core) => [
  endpoint({
    path: 'config/auditing/request-headers',
    sudo: true,
    summary: 'Lists the request headers that the audit log shows.',
    description: 'Returns their names in lower case, and whether their values are hashed.',
    fields: {},
    operations: {
      read: async function listAuditedHeaders(_, { tx }) {
        return { data: { headers: await auditedHeaders(tx) }, hoisted: true }
      },
    },
  }),
  endpoint({
    path: 'config/auditing/request-headers/:header',
    anyCase: true,
    sudo: true,
    summary: 'Adds or removes a request header that the audit log shows.',
    description:
      'The values appear under request.headers in both audit lines of a request. A change takes effect at once on this node and within a second on other nodes.',
    fields: {
      header: string({ default: '', description: 'Name of the header, in any case.' }),
      hmac: boolean({
        default: false,
        description:
          'Whether the values are hashed. Required for headers with credentials, such as Cookie.',
      }),
    },
    operations: {
      read: async function readAuditedHeader({ header }, { tx }) {
        const all = await auditedHeaders(tx)
        const name = header.toLowerCase()
        if (!Object.hasOwn(all, name))
          throw new ApiError('invalid', 'Could not find header in config')
        return { data: { [header]: all[name] }, hoisted: true }
      },
      update: async function writeAuditedHeader({ header, hmac }, { tx }) {
        const name = header.toLowerCase()
        if (!HEADER_NAME.test(name))
          throw new ApiError('invalid', `no header can have the name ${JSON.stringify(header)}`)
        if (SECRET_HEADERS.includes(name) && !hmac)
          throw new ApiError('invalid', `values of "${name}" are secrets: set hmac=true`)
        const headers = Object.entries({ ...(await auditedHeaders(tx)), [name]: { hmac } })
        putAuditedHeaders(tx, Object.fromEntries(headers.sort(([a], [b]) => (a < b ? -1 : 1))))
        return { afterCommit: () => audit.reload() }
      },
      delete: async function deleteAuditedHeader({ header }, { tx }) {
        const all = await auditedHeaders(tx)
        const name = header.toLowerCase()
        if (!Object.hasOwn(all, name)) return undefined
        const { [name]: _, ...others } = all
        putAuditedHeaders(tx, others)
        return { afterCommit: () => audit.reload() }
      },
    },
  }),
]
