import type { IncomingMessage } from 'node:http'
import type { Response } from '../api/request.ts'
import { originForm } from './target.ts'

/** The files of the page by their names below `/ui/`; a compressed one has `.br` or `.gz` behind its name. */
export type PageFiles = ReadonlyMap<string, Buffer>

/** What answers outside `/v1/`. */
export interface Pages {
  /** The response to a request; undefined if it is not for a page. */
  answer(request: PageRequest): Response | undefined
}

type PageRequest = Pick<IncomingMessage, 'method' | 'url' | 'headers'>

/** The address of the page. */
export const PAGE = '/ui/'

const ASSETS = `${PAGE}assets/`
const DOCUMENT = 'index.html'

/** Addresses that lead to the page. */
const ENTRANCES = ['/', PAGE.slice(0, -1)]

const METHODS = ['GET', 'HEAD']

const TYPES: ReadonlyMap<string, string> = new Map([
  ['html', 'text/html; charset=utf-8'],
  ['js', 'text/javascript; charset=utf-8'],
  ['css', 'text/css; charset=utf-8'],
  ['svg', 'image/svg+xml'],
])

/** Content codings of HTTP and what the names of such files end in, the smallest files first. */
const CODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

/** No code but ours, no other origin, no frame around the page, and no text that becomes markup or code. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** Features of browsers that the page does not use. Others would be unknown to some browsers, which then complain. */
const UNUSED = [
  'accelerometer',
  'autoplay',
  'camera',
  'display-capture',
  'encrypted-media',
  'fullscreen',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'picture-in-picture',
  'screen-wake-lock',
  'usb',
  'xr-spatial-tracking',
]

/**
 * Headers of every reply here. There is no Strict-Transport-Security: it would hold for every port and service of this host name, and only
 * its owner can say that all of them have TLS.
 */
const HEADERS = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': UNUSED.map(feature => `${feature}=()`).join(', '),
} as const

/**
 * Serves the page from memory. Every path below `/ui/` that is not an asset gives the document, since the path of a page is that of the API
 * behind it. Nothing that a client sends names a file.
 */
export function pagesOf(files: PageFiles): Pages {
  const assets = new Map(
    [...files.keys()]
      .filter(name => name.startsWith('assets/') && TYPES.has(extensionOf(name)))
      .map(name => [PAGE + name, name]),
  )
  return {
    answer({ method = '', url = '', headers }) {
      const path = originForm(url).replace(/\?.*$/s, '')
      const isEntrance = ENTRANCES.includes(path)
      if (!isEntrance && !path.startsWith(PAGE)) return undefined
      if (!METHODS.includes(method)) return refusal(405, { Allow: METHODS.join(', ') })
      if (isEntrance) return { status: 307, body: '', headers: { ...HEADERS, Location: PAGE } }
      const name = path.startsWith(ASSETS) ? assets.get(path) : DOCUMENT
      return name === undefined ? refusal(404) : served(name, files, headers['accept-encoding'])
    },
  }
}

const extensionOf = (name: string) => name.slice(name.lastIndexOf('.') + 1)

const refusal = (status: number, more: Readonly<Record<string, string>> = {}): Response => ({
  status,
  body: { errors: [] },
  headers: { ...HEADERS, ...more },
})

function served(name: string, files: PageFiles, accepted: string | undefined): Response {
  const [coding, ending] = codingFor(accepted) ?? [undefined, '']
  return {
    status: 200,
    body: files.get(name + ending),
    headers: {
      ...HEADERS,
      'Content-Type': TYPES.get(extensionOf(name)) ?? '',
      // the name of an asset changes with its content, the document's does not
      'Cache-Control': name === DOCUMENT ? 'no-store' : 'public, max-age=31536000, immutable',
      Vary: 'Accept-Encoding',
      ...(coding !== undefined && { 'Content-Encoding': coding }),
    },
  }
}

/** The content coding that a client prefers; undefined for none. RFC 9110 §12.5.3. */
function codingFor(accepted = ''): (typeof CODINGS)[number] | undefined {
  const weights = new Map(accepted.toLowerCase().split(',').map(weighed))
  const weightOf = (coding: string) => weights.get(coding) ?? weights.get('*') ?? 0
  // uncompressed is acceptable although it is not named, and last
  const least = weights.get('identity') ?? 0
  return CODINGS.filter(([coding]) => weightOf(coding) > 0 && weightOf(coding) >= least).sort(
    ([one], [other]) => weightOf(other) - weightOf(one),
  )[0]
}

/** A member of Accept-Encoding, and its weight from 0 to 1. */
function weighed(member: string): readonly [string, number] {
  const [coding = '', ...parameters] = member.split(';').map(each => each.trim())
  const weight = parameters.find(each => each.startsWith('q='))?.slice(2) ?? '1'
  // what is no number is not accepted
  return [coding, Number(weight) || 0]
}
