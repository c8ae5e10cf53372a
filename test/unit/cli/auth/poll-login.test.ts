import { expect } from 'chai'
import { pollLogin } from '../../../../engine/cli/auth/poll-login.ts'
import { RequestError } from '../../../../engine/cli/request-error.ts'

const LOGIN = { mount: 'oidc', state: 's', client_nonce: 'n', interval: 5 }

const url = new URL('http://localhost/v1/auth/oidc/oidc/poll')
const refusal = (error: string) =>
  new RequestError({
    method: 'PUT',
    url,
    status: 400,
    errors: [error],
    text: '',
    advice: undefined,
  })

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

  it('ends with any other error', async () => {
    const { ended, sent } = await polled('authorization failed: access_denied')
    expect([ended instanceof RequestError, sent.length]).to.deep.equal([true, 1])
  })
})
