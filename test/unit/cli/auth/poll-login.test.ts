import { expect } from 'chai'
import { pollLogin } from '../../../../engine/cli/auth/poll-login.ts'
import { ConnectionError } from '../../../../engine/cli/connection-error.ts'
import { RequestError } from '../../../../engine/cli/request-error.ts'

const LOGIN = { mount: 'oidc', state: 's', client_nonce: 'n', interval: 5 }

const url = new URL('http://localhost/v1/auth/oidc/oidc/poll')
const refusal = (error: string) => {
  const status = error === 'sealed' ? 503 : 400
  return error === 'lost'
    ? new ConnectionError({ url, deadline: 1000, proxy: undefined }, new Error('reset'))
    : new RequestError({ method: 'PUT', url, status, errors: [error], text: '', advice: undefined })
}

describe('pollLogin', () => {
  /** A server that answers with these errors, and then with a login. Gives what the client has sent, and its pauses in seconds. */
  async function polled(...answers: readonly string[]) {
    const [left, sent, pauses] = [[...answers], [] as unknown[], [] as number[]]
    const client = {
      async write(...request: readonly unknown[]) {
        sent.push(request)
        const error = left.shift()
        if (error !== undefined) throw refusal(error)
        return undefined
      },
    }
    const pause = async (ms: number) => void pauses.push(ms / 1000)
    const ended = await pollLogin(client, LOGIN, pause).catch((error: Error) => error)
    return { ended, sent, pauses }
  }

  it('waits before each question', async () => {
    const { ended, sent, pauses } = await polled('authorization_pending', 'authorization_pending')
    expect([ended, pauses]).to.deep.equal([undefined, [5, 5, 5]])
    const body = { state: 's', client_nonce: 'n' }
    expect(sent).to.deep.equal(Array(3).fill(['auth/oidc/oidc/poll', body]))
  })

  it('waits longer from then on when it is told to slow down', async () => {
    const { pauses } = await polled('slow_down', 'authorization_pending', 'slow_down')
    expect(pauses).to.deep.equal([5, 10, 10, 15])
  })

  it('goes on, more slowly, while a server is restarted', async () => {
    const { ended, pauses } = await polled('lost', 'sealed', 'authorization_pending', 'lost')
    expect([ended, pauses]).to.deep.equal([undefined, [5, 10, 15, 15, 20]])
  })

  it('ends when the server stays away', async () => {
    const { ended } = await polled('lost', 'sealed', 'lost')
    expect(ended).to.be.instanceOf(ConnectionError)
  })

  it('ends with any other error', async () => {
    const { ended, sent } = await polled('authorization failed: access_denied')
    expect([ended instanceof RequestError, sent.length]).to.deep.equal([true, 1])
  })
})
