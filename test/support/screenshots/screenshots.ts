import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { Browser } from '../browser.ts'
import { fillSite } from '../filled-site.ts'
import { Site } from '../site.ts'
import { gallery } from './gallery.ts'
import { type Shots, sheetOf } from './sheet.ts'
import { STATES } from './states.ts'

/** Where the images are kept, below the root of the repository. */
const FOLDER = join(import.meta.dirname, '../../../docs/page')

const DESKTOP = { width: 1280, height: 800 }
const PHONE = { width: 360, height: 720 }

// fresh ones, so that no image of a state that is gone remains
rmSync(FOLDER, { recursive: true, force: true })
mkdirSync(FOLDER, { recursive: true })
const shots = new Map<string, Record<keyof Shots, Buffer[]>>(
  STATES.map(({ name }) => [name, { desktop: [], phone: [] }]),
)
for (const dark of [false, true])
  for (const [kind, size] of [
    ['desktop', DESKTOP],
    ['phone', PHONE],
  ] as const)
    await walk({ ...size, dark }, kind)
writeFileSync(join(FOLDER, 'README.md'), gallery([...STATES]))
console.log(`docs/page: ${STATES.length} images`)

/** Goes through all states in a site of its own, since the last ones end the engine. */
async function walk(setup: { width: number; height: number; dark: boolean }, kind: keyof Shots) {
  await using site = await Site.start()
  const filled = await fillSite(site)
  await using browser = await Browser.start(site)
  const page = await browser.open('/', setup)
  for (const { name, reach } of STATES) {
    await reach({ page, site, filled })
    shots.get(name)?.[kind].push(await shot(page))
    if (setup.dark && kind === 'phone') await writeSheet(browser, name)
  }
  console.log(`${kind}, ${setup.dark ? 'dark' : 'light'}: done`)
}

/** What is to be seen without scrolling; more would make the images of long pages unreadable. */
async function shot(page: Page): Promise<Buffer> {
  await page.evaluate('scrollTo(0, 0)')
  return await page.screenshot()
}

async function writeSheet(browser: Browser, name: string): Promise<void> {
  const made = shots.get(name)
  if (made) writeFileSync(join(FOLDER, `${name}.png`), await sheetOf(browser.chromium, made))
}
