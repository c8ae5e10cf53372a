import { createHmac, randomBytes } from 'node:crypto'
import type { Result } from '../../shared/result.ts'
import type { Caller, Reply } from '../api/call.ts'
import type { Endpoint } from '../api/endpoint.ts'
import type { Request } from '../api/request.ts'

/** Where audit lines go: a file, a socket, syslog. */
export interface AuditDevice {
  /** Resolves once the line is where a crash of this process cannot lose it. */
  write(line: string): Promise<void>
}

/** What was found out about a request before it was performed. */
export interface Admission {
  readonly caller: Caller | undefined
  readonly endpoint: Endpoint | undefined
}

/** Writes down every request and every answer. Text from outside stands in a line only as an HMAC, or where its field is declared plain. */
export class Audit {
  readonly #devices: readonly AuditDevice[]
  readonly #key = randomBytes(32)

  constructor(devices: readonly AuditDevice[]) {
    this.#devices = devices
  }

  /** @throws {AggregateError} unless at least one device has taken the line, when there is a device at all. Contract §6.3. */
  request(request: Request, admitted: Result<Admission>): Promise<void> {
    return this.#record('request', request, admitted, { error: errorOf(admitted) })
  }

  /** @throws as {@link request} */
  response(request: Request, admitted: Result<Admission>, answer: Result<Reply>): Promise<void> {
    const data = answer.ok ? this.#hashed(answer.value.data, admitted) : undefined
    return this.#record('response', request, admitted, {
      response: data && { data },
      error: errorOf(answer),
    })
  }

  async #record(type: string, request: Request, admitted: Result<Admission>, outcome: object) {
    if (this.#devices.length === 0) return
    const caller = admitted.ok ? admitted.value.caller : undefined
    const line = JSON.stringify({
      time: new Date().toISOString(),
      type,
      auth: caller && {
        accessor: this.#hash(caller.accessor),
        display_name: caller.displayName,
        policies: caller.policies,
      },
      request: {
        id: request.id,
        correlation_id: request.correlation,
        operation: request.operation,
        path: request.path,
        data: this.#hashed(request.data, admitted),
        remote_address: request.client.address,
        remote_port: request.client.port,
      },
      ...outcome,
    })
    await Promise.any(this.#devices.map(device => device.write(line)))
  }

  #hashed(value: unknown, admitted: Result<Admission>): unknown {
    const fields = (admitted.ok && admitted.value.endpoint?.fields) || {}
    const isPlain = (key: string) => Object.hasOwn(fields, key) && fields[key]?.plain === true
    const visit = (part: unknown): unknown => {
      if (typeof part === 'string') return this.#hash(part)
      if (Array.isArray(part)) return part.map(visit)
      if (typeof part !== 'object' || part === null) return part
      return Object.fromEntries(
        Object.entries(part).map(([key, inner]) => [key, isPlain(key) ? inner : visit(inner)]),
      )
    }
    return visit(value)
  }

  #hash(text: string): string {
    return `hmac-sha256:${createHmac('sha256', this.#key).update(text).digest('hex')}`
  }
}

function errorOf(result: Result<unknown>): string | undefined {
  if (result.ok) return undefined
  return result.error instanceof Error ? result.error.message : String(result.error)
}
