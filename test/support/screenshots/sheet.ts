import type { Browser } from 'playwright-core'

/** The four images of one state. */
export interface Shots {
  readonly desktop: readonly Buffer[]
  readonly phone: readonly Buffer[]
}

/** Pixels of the width of a sheet. */
const WIDTH = 1600

const CSS = `body { margin: 0; padding: 12px; background: #888d94; display: flex; gap: 12px; align-items: flex-start }
img { border-radius: 6px; min-width: 0 } .desktop { flex: 1280 } .phone { flex: 360 }`

/** Puts the images of a state side by side, light and dark, on a desktop and on a phone. */
export async function sheetOf(browser: Browser, { desktop, phone }: Shots): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: WIDTH, height: 100 } })
  const image = (kind: string) => (shot: Buffer) =>
    `<img class="${kind}" src="data:image/png;base64,${shot.toString('base64')}">`
  await page.setContent(
    `<style>${CSS}</style>${[...desktop.map(image('desktop')), ...phone.map(image('phone'))].join('')}`,
  )
  const made = await page.screenshot({ fullPage: true })
  await page.close()
  return made
}
