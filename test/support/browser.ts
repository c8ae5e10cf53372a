import { createHash, X509Certificate } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BrowserContext, type Browser as Chromium, chromium, type Page } from 'playwright-core'
import type { Lab } from './lab.ts'
import { listenTo, seenIn } from './seen-by-browser.ts'

/** How a user has set up browser and device. */
interface Setup {
  readonly width?: number
  readonly height?: number
  readonly dark?: boolean
}

/** What went wrong in pages, to be compared with nothing. */
export interface Faults {
  /** Violations of the Content-Security-Policy, as the browser tells them to the page. */
  readonly violations: string[]
  /** What pages wrote to the console, errors that nobody caught, and dialogs. */
  readonly noise: string[]
}

/** What Chromium says of a reply with an error status; the page has told its user. */
const EXPECTED = /^Failed to load resource: the server responded with a status of (?:40[034]|503)/

/** Runs in each page before its own scripts. */
const TELL_VIOLATIONS = `addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) =>
  toldViolation([violatedDirective, blockedURI, sample].join(' ')))`

/** Where an engine is: a site, or an engine on this machine. */
interface Place {
  /** For the browser's own files. */
  readonly folder: string
  readonly engineUrl: string
  /** The network of the engine; that of the machine when undefined. */
  readonly lab?: Lab
  /** Of an engine with TLS, in PEM. */
  readonly certificate?: string
}

/** Debian's Chromium, in the network of an engine. It trusts the key of its certificate and no other. */
export class Browser implements AsyncDisposable {
  readonly faults: Faults = { violations: [], noise: [] }
  readonly #chromium: Chromium
  readonly #place: Place

  private constructor(browser: Chromium, place: Place) {
    this.#chromium = browser
    this.#place = place
  }

  /** @throws {Error} if Chromium does not start */
  static async start(place: Place): Promise<Browser> {
    const { certificate, folder, lab } = place
    const program = join(folder, 'chromium')
    const words = (lab?.entering(['chromium']) ?? ['chromium']).map(word => `'${word}'`)
    writeFileSync(program, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`)
    chmodSync(program, 0o755)
    const pin = certificate && `--ignore-certificate-errors-spki-list=${keyHash(certificate)}`
    const args = ['--no-sandbox', ...(pin ? [pin] : [])]
    return new Browser(await chromium.launch({ executablePath: program, args }), place)
  }

  /**
   * A tab of a user of its own, at a path of the engine or another address. Its faults are collected.
   * @throws {Error} with what the browser has seen, if the page does not come
   */
  async open(
    path: string,
    { width = 1280, height = 800, dark = false }: Setup = {},
  ): Promise<Page> {
    const context = await this.#chromium.newContext({
      viewport: { width, height },
      colorScheme: dark ? 'dark' : 'light',
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    await this.#watch(context)
    const page = await context.newPage()
    await seenIn(page, page.goto(path.startsWith('/') ? this.engineUrl + path : path))
    // a document has loaded also if its script has not
    await seenIn(page, page.locator('.unloaded').waitFor({ state: 'detached' }))
    return page
  }

  async #watch(context: BrowserContext): Promise<void> {
    const { violations, noise } = this.faults
    await context.exposeBinding('toldViolation', (_, violation: string) =>
      violations.push(violation),
    )
    await context.addInitScript({ content: TELL_VIOLATIONS })
    context.on('page', page => {
      listenTo(page)
      page.on('console', message => {
        // a provider of identities has pages of its own
        const isOurs = message.location().url.startsWith(this.#place.engineUrl)
        if (isOurs && !EXPECTED.test(message.text())) noise.push(`console ${message.text()}`)
      })
      page.on('pageerror', error => noise.push(`error ${error.message}`))
      page.on('dialog', dialog => {
        noise.push(`dialog ${dialog.message()}`)
        dialog.dismiss().catch(() => undefined)
      })
    })
  }

  get engineUrl(): string {
    return this.#place.engineUrl
  }

  /** For pages that are not the engine's. */
  get chromium(): Chromium {
    return this.#chromium
  }

  async [Symbol.asyncDispose]() {
    await this.#chromium.close()
  }
}

/** Hash of the public key of a certificate, as Chromium pins it. */
function keyHash(pem: string): string {
  const key = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest('base64')
}
