import { parseCidrList } from '../../../shared/address.ts'
import { duration, integer, list, name, string } from '../../../shared/field.ts'
import { callerOf } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { parseAs } from '../../api/invalid-as.ts'
import { requireAny } from '../../api/require-found.ts'
import { type EnrollToken, enrollTokens, issueEnrollToken } from './enroll-tokens.ts'
import { hostNameField, requireGroups, requireHostName } from './host-fields.ts'
import { findHost } from './hosts.ts'
import type { SeenHosts } from './seen-hosts.ts'

/** Seconds: 15 minutes if not set, a day at the most. */
const [TTL, LONGEST] = [900, 86_400]

/** Hosts that one token may enrol. */
const MOST_USES = 100_000

const ttlField = duration({
  default: TTL,
  description: 'How long the token is valid, a day at the most. 15 minutes when left out.',
})

function requireTtl(ttl: number): number {
  if (ttl >= 1 && ttl <= LONGEST) return ttl
  throw new ApiError('invalid', `ttl must be from 1 to ${LONGEST} seconds`)
}

/** `hosts/:name/enroll`: a token for one host. */
export const hostEnroll = (seen: SeenHosts) =>
  endpoint({
    path: 'hosts/:name/enroll',
    anyCase: true,
    summary: 'Issues a token that enrols one host.',
    description:
      'Answers with a token for "postern-helper enroll" on the host, which can be used once. If the host is enrolled already, its key is replaced; the reply then says which it was. A token replaces only the key that the host had when the token was issued: of several tokens for one name, only the first that is used works.',
    fields: {
      name: hostNameField({ default: '', description: 'Name of the host, in lower case.' }),
      ttl: ttlField,
    },
    operations: {
      update: async function issueHostToken({ name: host, ttl }, call) {
        requireHostName(host)
        callerOf(call)
        const before = await findHost(call.tx, host)
        const issued = await issueEnrollToken(call, {
          ...{ name: host, isFleet: false, cidrs: [], groups: [], left: 1 },
          replaces: before?.publicKey,
          ttl: requireTtl(ttl),
        })
        const last = before && (await seen.find(call, host))
        const replaces = before?.publicKey && {
          public_key: before.publicKey,
          enrolled_time: new Date(before.enrolled?.at ?? 0).toISOString(),
          ...(last && { last_seen_time: new Date(last.lastSeen).toISOString() }),
        }
        return { data: { name: host, ...issued, ...(replaces && { replaces }) } }
      },
    },
  })

/** `enroll-tokens`: tokens for many hosts. */
export const fleetTokens = endpoint({
  path: 'enroll-tokens',
  summary: 'Issues a token that enrols many hosts, and lists what tokens there are.',
  description:
    'The token enrols hosts that are not there yet, whose names fit the pattern, as often as count says. To enrol one that is there, use hosts/:name/enroll.',
  fields: {
    name: string({
      default: '',
      required: true,
      description: 'Pattern of the names, in which "*" is any text: "web-*".',
    }),
    cidr_list: list({
      default: [],
      description:
        'Blocks that the request of a host must come from, as the engine sees it; all when left out.',
    }),
    groups: list({ default: [], description: 'Groups that the hosts will be in.' }),
    count: integer({ default: 1, description: 'How many hosts it may enrol.' }),
    ttl: ttlField,
  },
  operations: {
    list: async function listEnrollTokens(_, { tx, now }) {
      const info: [string, object][] = []
      for (const id of await enrollTokens.list(tx)) {
        const token = await enrollTokens.get(tx, id)
        if (token && token.expiresAt > now.getTime()) info.push([id, describe(token)])
      }
      const keys = requireAny(info.map(([id]) => id))
      return { data: { keys, key_info: Object.fromEntries(info) } }
    },
    update: async function issueFleetToken({ name: names, cidr_list, groups, count, ttl }, call) {
      callerOf(call)
      if (!PATTERN.test(names))
        throw new ApiError('invalid', 'name must be a name of a host, or one with "*" in it')
      if (count < 1 || count > MOST_USES)
        throw new ApiError('invalid', `count must be from 1 to ${MOST_USES}`)
      parseAs('cidr_list: ', () => parseCidrList(cidr_list))
      const issued = await issueEnrollToken(call, {
        ...{ name: names.toLowerCase(), isFleet: true, cidrs: cidr_list, left: count },
        groups: requireGroups(groups),
        ttl: requireTtl(ttl),
      })
      return { data: issued }
    },
  },
})

const describe = ({ name: names, cidrs, groups, left, expiresAt, ...by }: EnrollToken) => ({
  name: names,
  cidr_list: cidrs,
  groups,
  left,
  expiration: new Date(expiresAt).toISOString(),
  issued_by: by.issuedBy,
  entity_id: by.entity ?? '',
})

const PATTERN = /^[\w.*-]{1,253}$/

/** `enroll-tokens/:token_id`: ends a token. */
export const enrollToken = endpoint({
  path: 'enroll-tokens/:token_id',
  summary: 'Deletes a token that enrols hosts.',
  description: 'Hosts that it has enrolled stay enrolled.',
  fields: {
    token_id: name({ default: '', description: 'Id of the token, as enroll-tokens lists it.' }),
  },
  operations: {
    delete: async function deleteEnrollToken({ token_id: id }, { tx }) {
      enrollTokens.delete(tx, id)
      return undefined
    },
  },
})
