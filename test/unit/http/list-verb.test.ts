import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { acceptList } from '../../../engine/http/list-verb.ts'
import { certificateAuthority } from '../../support/certificates.ts'
import { wire } from '../../support/wire.ts'

const HOST = 'Host: x\r\n'
const TEXT = `${HOST}Content-Type: text/plain\r\n`
const LIST = `LIST /v1/a?x=1 HTTP/1.1\r\n${HOST}\r\n`
const LISTED = 'LIST /v1/a?x=1 []'
const GET = `GET /g HTTP/1.1\r\n${HOST}\r\n`
const GOT = 'GET /g []'
const post = (body: string) =>
  `POST /p HTTP/1.1\r\n${TEXT}Content-Length: ${body.length}\r\n\r\n${body}`
const chunk = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n`
const CHUNKED = `POST /c HTTP/1.1\r\n${TEXT}Transfer-Encoding: chunked\r\n\r\n`
const END = '0\r\n\r\n'

/** Says what it was asked: verb, target and body. */
const echo: RequestListener = async (request, response) => {
  const body = (await request.setEncoding('latin1').toArray()).join('')
  const text = `${request.method} ${request.url} [${body}]${request.headers['x-a'] ?? ''}`
  response.writeHead(200, { 'Content-Length': Buffer.byteLength(text) }).end(text)
}

function suite(title: string, prepare: () => { server: Server; ca: string | undefined }) {
  describe(title, () => {
    let server: Server
    let ca: string | undefined

    before(async () => {
      ;({ server, ca } = prepare())
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    })

    after(() => {
      server.close()
      server.closeAllConnections()
    })

    const send = async (pieces: readonly string[], answers: number, pause = 0) => {
      const { port } = server.address() as AddressInfo
      return wire({ port, ca }, pieces, { answers, pause })
    }
    const answered = async (pieces: readonly string[], expected: readonly string[], pause = 3) => {
      const answers = await send(pieces, expected.length, pause)
      expect(answers.map(({ body }) => body)).to.deep.equal(expected)
    }
    const refused = async (text: string) => {
      const answers = await send([text], 1)
      expect(answers.map(({ status }) => status)).to.deep.equal([400])
    }

    it('takes LIST', () => answered([LIST], [LISTED]))

    it('takes LIST again and again on one connection, between other verbs', () =>
      answered(
        [LIST, LIST, GET, LIST, post('x'), LIST],
        [LISTED, LISTED, GOT, LISTED, 'POST /p [x]', LISTED],
      ))

    it('takes LIST in one packet with other requests', () =>
      answered(
        [LIST + LIST + GET + post('LIST /z HTTP/1.1\r\n') + LIST],
        [LISTED, LISTED, GOT, 'POST /p [LIST /z HTTP/1.1\r\n]', LISTED],
      ))

    it('takes LIST behind a GET in one packet', () =>
      answered([GET + GET + LIST + GET], [GOT, GOT, LISTED, GOT]))

    it('takes LIST byte by byte', () => answered([...LIST], [LISTED], 1))

    it('takes requests with bodies byte by byte', () =>
      answered([...(post('LIST x') + LIST + LIST)], ['POST /p [LIST x]', LISTED, LISTED], 1))

    for (let at = 1; at < LIST.length; at++)
      it(`takes LIST in two packets, split at byte ${at}`, () =>
        answered([LIST.slice(0, at), LIST.slice(at)], [LISTED]))

    const PAIR = post('LIST') + LIST
    for (let at = 1; at < PAIR.length; at += 3)
      it(`takes a POST and a LIST, split at byte ${at}`, () =>
        answered([PAIR.slice(0, at), PAIR.slice(at)], ['POST /p [LIST]', LISTED], 1))

    const EVIL = 'LIST /evil HTTP/1.1\r\n\r\n'
    const HEAD = post(EVIL).slice(0, -EVIL.length)

    it('leaves a body alone that begins with LIST in a packet of its own', () =>
      answered([HEAD, EVIL + LIST], [`POST /p [${EVIL}]`, LISTED], 10))

    it('leaves a body alone that is split inside LIST', () =>
      answered([HEAD, 'LI', EVIL.slice(2), LIST], [`POST /p [${EVIL}]`, LISTED], 10))

    it('leaves a header alone whose value begins with LIST in a packet of its own', () =>
      answered(
        [`GET /g HTTP/1.1\r\n${HOST}X-A: `, 'LIST me\r\n\r\n', LIST],
        [`${GOT}LIST me`, LISTED],
        10,
      ))

    it('leaves a target alone that begins with LIST in a packet of its own', () =>
      answered(['GET /', `LIST HTTP/1.1\r\n${HOST}\r\n`], ['GET /LIST []'], 10))

    it('takes LIST with a body', () =>
      answered(
        [
          `LIST /b HTTP/1.1\r\ncontent-type: text/plain\r\n${HOST}content-length: 3\r\n\r\nabc${LIST}`,
        ],
        ['LIST /b [abc]', LISTED],
      ))

    it('takes LIST after empty lines', () =>
      answered([`\r\n${LIST}\r\n\r\n\r\n`, `\r\n${LIST}`], [LISTED, LISTED]))

    it('takes LIST after a chunked body', () =>
      answered([CHUNKED + chunk('LIST q') + END, LIST], ['POST /c [LIST q]', LISTED], 10))

    it('takes LIST after a chunked body in many packets, and leaves its chunks alone', () =>
      answered(
        [
          CHUNKED,
          '6\r\n',
          'LIST q',
          '\r\n',
          chunk('LIST /x\r\n\r\n'),
          END.slice(0, 3),
          END.slice(3),
          LIST,
        ],
        ['POST /c [LIST qLIST /x\r\n\r\n]', LISTED],
        10,
      ))

    it('takes LIST after a chunked body and a GET in one packet', () =>
      answered([CHUNKED + chunk('a') + END + GET, LIST], ['POST /c [a]', GOT, LISTED], 10))

    it('takes LIST after a chunked body with a trailer', () =>
      answered(
        [`${CHUNKED + chunk('a')}0\r\nX-T: LIST\r\n\r\n`, LIST],
        ['POST /c [a]', LISTED],
        10,
      ))

    it('leaves a target alone that begins a packet after a chunked body', () =>
      answered(
        [`${CHUNKED + chunk('a') + END}GET /`, `LIST HTTP/1.1\r\n${HOST}\r\n`],
        ['POST /c [a]', 'GET /LIST []'],
        10,
      ))

    it('refuses LIST in one packet with the end of a chunked body', async () => {
      const answers = await send([CHUNKED + chunk('abc') + END + LIST], 2)
      expect(answers.at(-1)?.status).to.equal(400)
      expect(answers.map(({ body }) => body)).not.to.include(LISTED)
    })

    it("leaves a client's own LINK what it is", () =>
      answered(
        [`LINK /a HTTP/1.1\r\n${HOST}\r\n${LIST}`, 'LI', `NK /a HTTP/1.1\r\n${HOST}\r\n`],
        ['LINK /a []', LISTED, 'LINK /a []'],
      ))

    for (const verb of [
      'LISTX',
      'LIS',
      'UNLIST',
      'list',
      'LIST\t',
      'BIST',
      'LISX',
      'LINT',
      'ILIST',
    ])
      it(`refuses ${JSON.stringify(verb)}`, () => refused(`${verb} /a HTTP/1.1\r\n${HOST}\r\n`))

    it('refuses a body with two lengths, and does not take its end for a request', () =>
      refused(
        `POST /p HTTP/1.1\r\n${HOST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n${END}${LIST}`,
      ))
  })
}

describe('acceptList', () => {
  const dir = mkdtempSync(join(tmpdir(), 'postern-'))
  after(() => rmSync(dir, { recursive: true }))

  suite('on plain HTTP', () => {
    const server = createServer(echo)
    acceptList(server, 'connection')
    return { server, ca: undefined }
  })

  suite('on TLS', () => {
    const { caFile, issue } = certificateAuthority(dir)
    const { keyFile, certFile } = issue({ addresses: ['127.0.0.1'] })
    const server = createTlsServer(
      { key: readFileSync(keyFile), cert: readFileSync(certFile) },
      echo,
    )
    acceptList(server, 'secureConnection')
    return { server, ca: readFileSync(caFile, 'utf8') }
  })
})
