import { expect } from 'chai'
import { ApiError } from '../../../engine/api/errors.ts'
import type { Response } from '../../../engine/api/request.ts'
import { listening } from '../../support/listening.ts'
import { wire } from '../../support/wire.ts'

/** All of the answer to one request, but for its date. */
async function answerTo(request: string, answer: Response | Error) {
  await using server = await listening({
    handle: async () => {
      if (answer instanceof Error) throw answer
      return answer
    },
  })
  const got = (await server.ask(request)) ?? expect.fail()
  const { date, 'keep-alive': _, ...headers } = got.headers
  expect(date).to.match(/ GMT$/)
  return { ...got, headers, logged: server.logged }
}

const GET = 'GET /v1/a HTTP/1.1\r\nHost: x\r\n\r\n'
const JSON_HEADERS = {
  'cache-control': 'no-store',
  'content-type': 'application/json',
  connection: 'keep-alive',
}

describe('respond', () => {
  it('sends an object as JSON and a new line', async () => {
    expect(await answerTo(GET, { status: 200, body: { a: 'é' } })).to.deep.equal({
      status: 200,
      headers: { ...JSON_HEADERS, 'content-length': '11' },
      body: Buffer.from('{"a":"é"}\n').toString('latin1'),
      logged: [],
    })
  })

  it('sends nothing with 204', async () => {
    expect(await answerTo(GET, { status: 204, body: undefined })).to.deep.equal({
      status: 204,
      headers: JSON_HEADERS,
      body: '',
      logged: [],
    })
  })

  it('says how long nothing is, with another status', async () => {
    expect(await answerTo(GET, { status: 202, body: undefined })).to.deep.equal({
      status: 202,
      headers: { ...JSON_HEADERS, 'content-length': '0' },
      body: '',
      logged: [],
    })
  })

  it('sends a text as it is', async () => {
    expect(await answerTo(GET, { status: 200, body: 'ssh-ed25519 AAAA' })).to.deep.equal({
      status: 200,
      headers: { ...JSON_HEADERS, 'content-type': 'text/plain', 'content-length': '16' },
      body: 'ssh-ed25519 AAAA',
      logged: [],
    })
  })

  it('sends no body to HEAD, but says how long it would be', async () => {
    await using server = await listening({ handle: async () => ({ status: 200, body: { a: 1 } }) })
    const head = GET.replace('GET', 'HEAD')
    const answers = await wire(server, [head + head], { answers: 2, bodiless: true })
    expect(answers.map(({ status, headers }) => [status, headers['content-length']])).to.deep.equal(
      [
        [200, '8'],
        [200, '8'],
      ],
    )
  })

  it('shows the message of a failure that clients may know', async () => {
    expect(await answerTo(GET, new ApiError('denied', 'permission denied'))).to.deep.equal({
      status: 403,
      headers: { ...JSON_HEADERS, 'content-length': '33' },
      body: '{"errors":["permission denied"]}\n',
      logged: [],
    })
  })

  it('shows nothing of any other failure, and logs it once', async () => {
    const error = new Error('in the depth')
    const { logged, ...answer } = await answerTo(GET, error)
    expect(answer).to.deep.equal({
      status: 500,
      headers: { ...JSON_HEADERS, 'content-length': '30' },
      body: '{"errors":["internal error"]}\n',
    })
    expect(logged.map(([level, facts, text]) => [level, Object.keys(facts), text])).to.deep.equal([
      ['error', ['request', 'error'], 'request failed'],
    ])
  })
})
