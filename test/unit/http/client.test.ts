import { expect } from 'chai'
import { listening } from '../../support/listening.ts'

const message = (line: string, headers: object) =>
  `${line} HTTP/1.1\r\nHost: x\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`

describe('clientOf', () => {
  const FORWARDED = {
    isAuthorized: (address: string) => address === '127.0.0.1',
    hopSkips: 0,
    rejectNotPresent: true,
    rejectNotAuthorized: true,
  }
  const ROOT_PATH = 'GET /v1/a'
  /** Where a request comes from, or why it is refused. */
  async function clientOf(settings: object, header: string | undefined, line = ROOT_PATH) {
    await using front = await listening({ forwarded: { ...FORWARDED, ...settings } })
    const headers = header === undefined ? {} : { 'X-Forwarded-For': header }
    const answer = await front.ask(message(line, headers))
    return (
      front.seen[0]?.client.address ?? [answer?.status, JSON.parse(answer?.body ?? '').errors[0]]
    )
  }

  for (const [settings, header, address] of [
    [{}, '203.0.113.9', '203.0.113.9'],
    [{}, ' 198.51.100.1 , 203.0.113.9 ', '203.0.113.9'],
    [{}, '198.51.100.1\r\nX-Forwarded-For: 203.0.113.9', '203.0.113.9'],
    [{ hopSkips: 1 }, '192.0.2.1, 203.0.113.9, 10.0.0.1', '203.0.113.9'],
    [{}, '203.0.113.9:4711', '203.0.113.9'],
    [{}, '[2001:DB8::9]:4711', '2001:db8::9'],
    [{}, '::ffff:203.0.113.9', '203.0.113.9'],
    [{ rejectNotPresent: false }, undefined, '127.0.0.1'],
    [{ rejectNotPresent: false }, '', '127.0.0.1'],
    [{ isAuthorized: () => false, rejectNotAuthorized: false }, '203.0.113.9', '127.0.0.1'],
  ] as const)
    it(`is ${address} for ${JSON.stringify([settings, header])}`, async () => {
      expect(await clientOf(settings, header)).to.equal(address)
    })

  for (const [settings, header, text] of [
    [{}, undefined, 'missing x-forwarded-for header and configured to reject when not present'],
    [
      { isAuthorized: () => false },
      '203.0.113.9',
      'client address not authorized for x-forwarded-for and configured to reject connection',
    ],
    [
      { hopSkips: 1 },
      '203.0.113.9',
      'malformed x-forwarded-for configuration or request, hops to skip (1) would skip before earliest chain link (chain length 1)',
    ],
    [{}, '203.0.113.9, unknown', 'malformed x-forwarded-for request: not an IP address'],
  ] as const)
    it(`is refused for ${JSON.stringify([settings, header])}`, async () => {
      expect(await clientOf(settings, header)).to.deep.equal([400, text])
    })

  it('may ask for the health of the server itself', async () => {
    expect(await clientOf({}, undefined, 'GET /v1/sys/health')).to.equal('127.0.0.1')
  })
})
