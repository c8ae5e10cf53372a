import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { Browser } from '../support/browser.ts'
import { EngineProcess } from '../support/engine-process.ts'
import { Keygen } from '../support/keygen.ts'
import type { Row } from './table.ts'

const HOSTS = 5_000
const CERTIFICATES = 100_000

/** Requests at the same time while the engine is filled. */
const CLIENTS = 32

const STARTS = 9

/** Milliseconds of one frame of a screen. */
const FRAME = 1000 / 60

/** Pages turned, and letters typed, while frames are counted. */
const TURNS = 10
const WORD = 'host-4711'

/** How soon the page is usable in Chromium, and how smooth it is with long lists. */
export async function pageInBrowserRows(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  await using engine = await EngineProcess.start(() => ({ ui: true }))
  await using browser = await Browser.start({ folder, engineUrl: engine.url })
  try {
    const starts = await startRows(browser)
    await fill(engine)
    return [...starts, ...(await smoothRows(browser, engine.token))]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** From the address to a form that takes a name, without and with what the browser keeps; beside a document without script. */
async function startRows(browser: Browser): Promise<readonly Row[]> {
  const times = { plain: [] as number[], cold: [] as number[], again: [] as number[] }
  for (let run = 0; run < STARTS; run++) {
    const page = await browser.open('/v1/sys/health')
    times.plain.push(await loadTime(page, () => page.reload(), 'body'))
    await page.context().close()
    const fresh = await browser.open('about:blank')
    const first = () => fresh.goto(`${browser.engineUrl}/ui/`)
    times.cold.push(await loadTime(fresh, first, 'form.login'))
    times.again.push(await loadTime(fresh, () => fresh.reload(), 'form.login'))
    await fresh.context().close()
  }
  const middle = (all: readonly number[]) => all.toSorted((a, b) => a - b)[STARTS >> 1] ?? 0
  const plain = middle(times.plain)
  const row = (name: string, amount: number): Row => {
    return { name, amount, unit: 'ms', ratio: amount / plain, aim: undefined }
  }
  return [
    row('Chromium shows the JSON of sys/health', plain),
    row('  the page takes a name, first time', middle(times.cold)),
    row('  the same after a reload', middle(times.again)),
  ]
}

async function loadTime(page: Page, load: () => Promise<unknown>, seen: string): Promise<number> {
  const begun = performance.now()
  await load()
  await page.locator(seen).waitFor()
  return performance.now() - begun
}

/** Hosts and certificates by the API, so that everything that lists them is as it would be. */
async function fill(engine: EngineProcess): Promise<void> {
  using keygen = new Keygen()
  const key = keygen.key('-t', 'ed25519').line
  await engine.post('sys/mounts/ssh', { type: 'ssh' })
  await engine.post('ssh/issuers/import', { key_type: 'ssh-ed25519' })
  const role = { key_type: 'ca', allow_user_certificates: true, allowed_users: '*' }
  await engine.post('ssh/roles/engineers', { ...role, default_user: 'bob', ttl: '24h' })
  await many(HOSTS, index => engine.post(`ssh/hosts/host-${index}`, { groups: [`g${index % 50}`] }))
  await many(CERTIFICATES, () => engine.post('ssh/sign/engineers', { public_key: key }))
}

async function many(count: number, send: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const client = async () => {
    while (next < count) await send(next++)
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
}

/** The longest frame while pages of a list are turned and searched. */
async function smoothRows(browser: Browser, token: string): Promise<readonly Row[]> {
  const page = await browser.open('/ui/')
  await page.getByLabel('Method', { exact: true }).selectOption({ label: 'Token' })
  await page.getByLabel('Token').fill(token)
  await page.keyboard.press('Enter')
  const rows: Row[] = []
  for (const [list, count] of [
    ['Hosts', HOSTS],
    ['Certificates', CERTIFICATES],
  ] as const) {
    const { longest, middle } = await framesOf(page, list)
    const name = `${count} ${list.toLowerCase()}, turned and searched:`
    const frame = (what: string, amount: number): Row => {
      return { name: what, amount, unit: 'ms', ratio: amount / FRAME, aim: undefined }
    }
    rows.push(frame(`${name} the middle frame`, middle), frame('  the longest', longest))
  }
  return rows
}

async function framesOf(page: Page, list: string) {
  await page.evaluate(COUNT_FRAMES)
  await page.getByRole('link', { name: list, exact: true }).click()
  await page.getByRole('table').waitFor()
  for (let turn = 0; turn < TURNS; turn++) {
    await page.getByRole('button', { name: 'Next page' }).click()
    await page.waitForLoadState('networkidle')
  }
  await page.getByRole('searchbox').pressSequentially(WORD, { delay: 60 })
  await page.waitForTimeout(1_000)
  const frames = (await page.evaluate('stopFrames()')) as readonly number[]
  const sorted = frames.toSorted((a, b) => a - b)
  return { longest: sorted.at(-1) ?? 0, middle: sorted[sorted.length >> 1] ?? 0 }
}

/** Collects the times between frames until it is stopped. */
const COUNT_FRAMES = `(() => {
  const frames = []
  let last = performance.now(), going = true
  const next = now => { frames.push(now - last); last = now; if (going) requestAnimationFrame(next) }
  requestAnimationFrame(next)
  globalThis.stopFrames = () => { going = false; return frames.slice(1) }
})()`
