import { isIPv4 } from 'node:net'
import { parseAddress, parseCidr } from '../../shared/address.ts'
import { Invalid } from '../../shared/invalid.ts'

/**
 * Requires values of options that sshd accepts: it refuses a key with an option that it cannot read.
 * @param options as returned by `parseKeyOptions`
 * @throws {Invalid}
 */
export function requireOptionValues(options: readonly string[], now: Date): void {
  for (const option of options) {
    const [, name = '', value = ''] = /^([^=]+)="(.*)"$/.exec(option) ?? []
    const check = CHECKS[name.toLowerCase()]
    if (check && !check(value, now))
      throw new Invalid(
        `sshd cannot read ${name}=${JSON.stringify(value)}, or would refuse every login with it`,
      )
  }
}

type Check = (value: string, now: Date) => boolean

const CHECKS: Readonly<Record<string, Check>> = {
  from: isPatternList,
  'expiry-time': endsLater,
  tunnel: value => /^(any|\d{1,9})$/.test(value),
  permitopen: value => isPort(/^(?:\[[0-9A-Fa-f:.%]+\]|[^\s:[\]]+):(.*)$/.exec(value)?.[1]),
  permitlisten: value =>
    isPort(/^(?:(?:\[[0-9A-Fa-f:.%]+\]|[^\s:[\]]+):)?([^:]*)$/.exec(value)?.[1]),
  environment: value => /^[A-Za-z0-9_]+=/.test(value),
}

/** A number, `*`, or the name of a service. */
const isPort = (text = ''): boolean =>
  text === '*' ||
  /^[A-Za-z][A-Za-z0-9-]*$/.test(text) ||
  (/^[1-9]\d{0,4}$/.test(text) && Number(text) < 65_536)

/** A list of names, addresses with wildcards and networks, of which at least one is not negated. */
function isPatternList(value: string): boolean {
  const patterns = value.split(',')
  const denied = patterns.filter(each => each.startsWith('!')).map(each => each.slice(1))
  const allowed = patterns.filter(each => !each.startsWith('!'))
  return [...denied, ...allowed].every(isPattern) && allowed.some(each => !denied.includes(each))
}

const isPattern = (text: string): boolean =>
  text.includes('/') ? isNetwork(text) : /^[A-Za-z0-9.:*?_%-]+$/.test(text)

/** A network without bits after its prefix, which sshd refuses. */
function isNetwork(text: string): boolean {
  try {
    const { length } = parseCidr(text)
    const host = text.slice(0, text.indexOf('/'))
    const [bits, size] = isIPv4(host) ? [bitsOfFour(host), 32] : [bitsOfSix(host), 128]
    return BigInt.asUintN(size - length, bits) === 0n
  } catch (error) {
    if (error instanceof Invalid) return false
    throw error
  }
}

const bitsOfFour = (text: string): bigint =>
  text.split('.').reduce((bits, part) => bits * 256n + BigInt(part), 0n)

function bitsOfSix(text: string): bigint {
  const [head = '', tail] = (parseAddress(text) ?? '').split('::')
  const groups = (part: string | undefined) => (part ? part.split(':') : [])
  const missing = 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array.from({ length: missing }, () => '0'), ...groups(tail)]
  return all.reduce((bits, group) => bits * 65_536n + BigInt(`0x${group}`), 0n)
}

/** A date or time, in UTC if it ends in Z, that is in the future in every time zone. */
function endsLater(value: string, now: Date): boolean {
  const [, year, month, day, hour = '00', minute = '00', second = '00'] =
    /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?Z?$/.exec(value) ?? []
  if (year === undefined) return false
  const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`
  const time = Date.parse(text)
  if (Number.isNaN(time) || new Date(time).toISOString() !== text) return false
  return time > now.getTime() - DAY
}

/** The most milliseconds that local time may be behind UTC. */
const DAY = 86_400_000
