import type { Trust } from '../../shared/tls.ts'
import type { CliIo } from './cli-io.ts'
import { curlOf } from './curl-words.ts'
import { EXIT, Failure } from './failure.ts'
import type { HttpRequest } from './http-request.ts'
import { BufferedOutput } from './outputs.ts'
import { policyFor } from './request-policy.ts'

type Wanted = 'curl' | 'policy'

/** Takes the place of the first request of a command, and shows it. */
export class ShownRequest {
  readonly #wanted: Wanted
  #text: string | undefined

  constructor(wanted: Wanted) {
    this.#wanted = wanted
  }

  /** Notes a request in place of sending it. @throws {Failure} always: the command cannot go on */
  take(request: HttpRequest, url: URL, trust: Trust): never {
    this.#text ??= this.#wanted === 'curl' ? curlOf(request, url, trust) : policyFor(request, url)
    throw new Failure('the request is shown, not sent')
  }

  /**
   * Runs a command without its output, and prints its request instead. Gives the exit code.
   * @throws {Failure} if it makes no request
   */
  async instead(io: CliIo, run: (io: CliIo) => Promise<number>): Promise<number> {
    const [stdout, stderr] = [
      new BufferedOutput({ isTTY: false }),
      new BufferedOutput({ isTTY: false }),
    ]
    const [ended] = await Promise.allSettled([run({ ...io, stdout, stderr })])
    if (this.#text !== undefined) {
      io.stdout.write(`${this.#text}\n`)
      return EXIT.ok
    }
    io.stderr.write(stderr.text)
    if (ended.status === 'rejected') throw ended.reason
    throw new Failure(
      this.#wanted === 'curl'
        ? 'Unable to generate cURL string from command'
        : 'Unable to generate policy from command',
    )
  }
}
