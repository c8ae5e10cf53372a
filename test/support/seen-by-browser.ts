import { setTimeout } from 'node:timers/promises'
import type { Page } from 'playwright-core'

/** What says where a page has got to: its titles, labels, buttons and messages. What it shows of secrets is in none of them. */
const SHOWN = 'h1, h2, label, button, [role=alert], [role=status], .unloaded'

/** Milliseconds in which a page says what it shows, unless it has crashed. */
const PATIENCE = 5000

/** What a browser has told of each page, in its order. */
const told = new WeakMap<Page, string[]>()

/** Keeps what the browser tells of a page from now on. */
export function listenTo(page: Page): void {
  const all: string[] = []
  told.set(page, all)
  page.on('console', message => all.push(`console ${message.type()}: ${message.text()}`))
  page.on('pageerror', error => all.push(`error: ${error.message}`))
  page.on('crash', () => all.push('crashed'))
  page.on('requestfailed', request =>
    all.push(
      `${request.method()} ${pathOf(request.url())}: ${request.failure()?.errorText ?? 'failed'}`,
    ),
  )
  page.on('response', reply =>
    all.push(`${reply.request().method()} ${pathOf(reply.url())}: ${reply.status()}`),
  )
}

/** Waits for what a page does. @throws {Error} if it fails, with what the browser has seen, without secrets */
export async function seenIn<T>(page: Page, waiting: Promise<T>): Promise<T> {
  try {
    return await waiting
  } catch (error) {
    const shown = await Promise.race([
      page.locator(SHOWN).allInnerTexts(),
      setTimeout(PATIENCE, ['nothing, it does not answer'], { ref: false }),
    ]).catch(({ message }) => [message])
    const lines = [pathOf(page.url()), ...shown, ...(told.get(page) ?? [])]
    throw new Error(`${(error as Error).message}\nthe browser has seen:\n${lines.join('\n')}`)
  }
}

/** Without what a query may carry, such as the code of a login. */
const pathOf = (url: string) => url.replace(/[?#].*$/s, '')
