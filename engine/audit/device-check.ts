import { setTimeout } from 'node:timers/promises'

/** Milliseconds: the timeout of a check, and how long its result is reused. */
const PROBE_TIMEOUT = 2000
const FRESH = 1000

/** Whether any of the audit devices can be written to. Calls within a second share one check. */
export class DeviceCheck {
  #asked: { readonly at: number; readonly answer: Promise<boolean> } | undefined

  /**
   * Resolves within {@link PROBE_TIMEOUT}.
   * @param look checks each device
   */
  answer(look: () => Promise<readonly Promise<boolean>[]>): Promise<boolean> {
    const now = performance.now()
    if (!this.#asked || now - this.#asked.at >= FRESH)
      this.#asked = { at: now, answer: inTime(anyOf(look)) }
    return this.#asked.answer
  }
}

async function anyOf(look: () => Promise<readonly Promise<boolean>[]>): Promise<boolean> {
  const devices = await look()
  if (devices.length === 0) return true
  const able = devices.map(async device => {
    if (!(await device)) throw new Error('this one cannot')
  })
  await Promise.any(able)
  return true
}

/** False if the check fails or times out. */
async function inTime(answer: Promise<boolean>): Promise<boolean> {
  const late = new AbortController()
  const first = await Promise.race([
    answer.catch(() => false),
    setTimeout(PROBE_TIMEOUT, false, { ref: false, signal: late.signal }).catch(() => false),
  ])
  late.abort()
  return first
}
