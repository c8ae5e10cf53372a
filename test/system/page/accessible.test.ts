import axe from 'axe-core'
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { Browser } from '../../support/browser.ts'
import { cases } from '../../support/cases.ts'
import { type FilledSite, fillSite } from '../../support/filled-site.ts'
import { STATES } from '../../support/screenshots/states.ts'
import { Site } from '../../support/site.ts'

/** The rules of axe for WCAG 2.2, levels A and AA, and what it calls best practice. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Spacing that readers may set, which no text may be cut by. WCAG 2.2, 1.4.12. */
const SPACING = `* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
p { margin-bottom: 2em !important }`

const SETUPS = [
  { device: 'on a desktop, light', width: 1280, height: 800, dark: false },
  {
    ...{ device: 'on a phone of 320 px, which is 400 % zoom, dark', dark: true },
    ...{ width: 320, height: 640 },
  },
]

const isLong = process.env.POSTERN_TEST_LONG !== undefined

for (const { device, ...setup } of cases(SETUPS.filter(({ dark }) => isLong || !dark)))
  describe(`The page ${device}`, function () {
    this.timeout(60_000)
    let site: Site
    let browser: Browser
    let filled: FilledSite
    let page: Page

    before(async () => {
      site = await Site.start()
      filled = await fillSite(site)
      browser = await Browser.start(site)
      page = await browser.open('/', setup)
    })

    after(async () => {
      await browser?.[Symbol.asyncDispose]()
      await site?.[Symbol.asyncDispose]()
    })

    for (const { name, reach } of cases(STATES))
      it(`can be used by everybody in the state "${name}"`, async () => {
        await reach({ page, site, filled })
        expect(await faultsOf(page)).to.deep.equal([])
        expect(await overflowOf(page), 'wider than the screen').to.deep.equal([])
        expect(await page.textContent('body')).not.to.match(/\[object|undefined|NaN|Invalid Date/)
      })

    it('is not cut by the spacing of texts that a reader has set', async () => {
      const set = await page.evaluate(`(() => {
        const sheet = new CSSStyleSheet()
        sheet.replaceSync(${JSON.stringify(SPACING)})
        document.adoptedStyleSheets = [sheet]
        return parseFloat(getComputedStyle(document.body).letterSpacing)
      })()`)
      expect(set).to.be.above(1)
      expect(await overflowOf(page)).to.deep.equal([])
    })
  })

/** What axe finds, with where it is. */
async function faultsOf(page: Page): Promise<readonly string[]> {
  // by the debugger, since the page's policy refuses scripts of others
  await page.evaluate(axe.source)
  return await page.evaluate(
    `axe.run({ runOnly: ${JSON.stringify(RULES)} }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html + failureSummary)))`,
  )
}

/** The elements that make the document scroll sideways. */
const overflowOf = (page: Page): Promise<readonly string[]> =>
  page.evaluate(`document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll('*')].filter(element => element.getBoundingClientRect().right > innerWidth + 1).map(element => element.outerHTML.slice(0, 120))`)
