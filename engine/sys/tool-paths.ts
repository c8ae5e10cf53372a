import { createHash, randomBytes } from 'node:crypto'
import { integer, name, string } from '../../shared/field.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'

/** Node's names of digests by Vault's names. */
const DIGESTS: ReadonlyMap<string, string> = new Map(
  ['224', '256', '384', '512'].flatMap(bits => [
    [`sha2-${bits}`, `sha${bits}`] as const,
    [`sha3-${bits}`, `sha3-${bits}`] as const,
  ]),
)

const SOURCES = ['platform', 'seal', 'all']

const MOST_BYTES = 131_072

const format = (usual: string) =>
  string({ default: usual, description: 'Encoding of the result: "hex" or "base64".' })

const bytes = integer({ default: 32, description: 'Number of bytes, at most 131072.' })

const hashFields = {
  input: string({ default: '', required: true, description: 'Input in base64.' }),
  algorithm: string({
    default: 'sha2-256',
    description: '"sha2-" or "sha3-" followed by 224, 256, 384 or 512.',
  }),
  format: format('hex'),
}

const randomFields = { bytes, format: format('base64') }

const hashing = {
  summary: 'Hashes the input.',
  description: 'The input is not stored.',
} as const

const drawing = {
  summary: 'Returns random bytes.',
  description: 'The bytes come from the operating system, whatever the source.',
} as const

/** `sys/tools`: random bytes and hashes. */
export const tools = [
  endpoint({
    ...hashing,
    path: 'tools/hash',
    fields: hashFields,
    operations: {
      update: async function hashInput(given) {
        return hashed(given)
      },
    },
  }),
  endpoint({
    ...hashing,
    path: 'tools/hash/:urlalgorithm',
    fields: { ...hashFields, urlalgorithm: name({ default: '', description: 'The algorithm.' }) },
    operations: {
      update: async function hashInputWithAlgorithm({ urlalgorithm: algorithm, ...given }) {
        return hashed({ ...given, algorithm })
      },
    },
  }),
  endpoint({
    ...drawing,
    path: 'tools/random',
    fields: randomFields,
    operations: {
      update: async function generateRandom(given) {
        return random({ source: 'platform', ...given })
      },
    },
  }),
  endpoint({
    ...drawing,
    path: 'tools/random/:source',
    fields: {
      ...randomFields,
      source: name({ default: '', description: 'Source, or number of bytes.' }),
    },
    operations: {
      update: async function generateRandomFromSource({ source, ...given }) {
        return SOURCES.includes(source)
          ? random({ source, ...given })
          : random({ ...given, source: 'platform', bytes: count(source) })
      },
    },
  }),
  endpoint({
    ...drawing,
    path: 'tools/random/:source/:urlbytes',
    fields: {
      source: name({ default: '', description: 'Source.' }),
      urlbytes: name({ default: '', description: 'Number of bytes.' }),
      format: randomFields.format,
    },
    operations: {
      update: async function generateRandomBytes({ source, urlbytes, format }) {
        return random({ source, format, bytes: count(urlbytes) })
      },
    },
  }),
]

const invalid = (message: string) => new ApiError('invalid', message)

interface Hashed {
  readonly input: string
  readonly algorithm: string
  readonly format: string
}

function hashed({ input, algorithm, format }: Hashed) {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(input))
    throw invalid('unable to decode input as base64')
  const encoding = encodingOf(format)
  const digest = DIGESTS.get(algorithm)
  if (!digest) throw invalid(`unsupported algorithm ${algorithm}`)
  return { data: { sum: createHash(digest).update(input, 'base64').digest(encoding) } }
}

interface Drawn {
  readonly source: string
  readonly bytes: number
  readonly format: string
}

function random({ source, bytes, format }: Drawn) {
  if (bytes < 1) throw invalid("'bytes' cannot be less than 1")
  if (bytes > MOST_BYTES) throw invalid(`'bytes' should be less than ${MOST_BYTES}`)
  const encoding = encodingOf(format)
  if (!SOURCES.includes(source))
    throw invalid(
      `unsupported entropy source ${JSON.stringify(source)}; must be "platform" or "seal", or "all"`,
    )
  return { data: { random_bytes: randomBytes(bytes).toString(encoding) } }
}

function encodingOf(format: string): 'hex' | 'base64' {
  if (format === 'hex' || format === 'base64') return format
  throw invalid(`unsupported encoding format ${JSON.stringify(format)}; must be "hex" or "base64"`)
}

function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw invalid(`error parsing url-set byte count: ${text}`)
  return Number(text)
}
