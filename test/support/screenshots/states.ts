import type { Page } from 'playwright-core'
import type { FilledSite } from '../filled-site.ts'
import { logIn } from '../page-user.ts'
import type { Site } from '../site.ts'

/** What a state may use to come about. */
export interface Stage {
  readonly page: Page
  readonly site: Site
  readonly filled: FilledSite
}

/** A state of the page worth looking at. They come about one after the other, in one tab. */
interface State {
  /** Name of the image. */
  readonly name: string
  readonly caption: string
  reach(stage: Stage): Promise<unknown>
}

const menu = (page: Page, name: string) => page.getByRole('link', { name, exact: true }).click()
const button = (page: Page, name: string) =>
  page.getByRole('button', { name, exact: true }).last().click()

async function askFor(page: Page, host: string): Promise<void> {
  await page.getByLabel('Host, address or role').fill(host)
  await page.getByRole('option', { name: /Not possible/ }).waitFor()
}

/** Logs the user out, and another one in. */
async function changeTo(page: Page, user: FilledSite['sysadmin']): Promise<void> {
  await button(page, 'Log out')
  await logIn(page, user)
}

/** Every state, in the order of docs/page.md. */
export const STATES: readonly State[] = [
  {
    name: 'log-in',
    caption: 'Log in by the methods that the engine offers.',
    reach: ({ page }) => page.getByLabel('Password').waitFor(),
  },
  {
    name: 'get-in',
    caption: 'Type a host: the engine says which ways lead in, and why the others do not.',
    async reach({ page, filled }) {
      await logIn(page, filled.engineer)
      await askFor(page, filled.host.ip4)
    },
  },
  {
    name: 'password',
    caption: 'Enter gives the password: to copy, to type, or as a QR code.',
    async reach({ page }) {
      await page.keyboard.press('Enter')
      await button(page, 'Show as QR code')
    },
  },
  {
    name: 'used',
    caption: 'It says when the password was used, on which host and from which address.',
    async reach({ page, site, filled }) {
      const otp = await page.getByLabel('One-time password', { exact: true }).textContent()
      await site.login({ host: filled.host, user: 'bob', otp: otp ?? '' })
      await page.getByText(/^Used at/).waitFor()
    },
  },
  {
    name: 'refused',
    caption: 'Or that a host refused it, and why.',
    async reach({ page, site, filled }) {
      await button(page, 'Get another one')
      const otp = await page.getByLabel('One-time password', { exact: true }).textContent()
      await site.login({ host: filled.host, user: 'alice', otp: otp ?? '' })
      await page.getByText(/^Refused at/).waitFor()
    },
  },
  {
    name: 'certificate',
    caption: 'A certificate, with what it allows in plain words.',
    async reach({ page, filled }) {
      await menu(page, 'Get in')
      await askFor(page, filled.host.ip4)
      await page.getByRole('option', { name: /Certificate/ }).click()
      await page.getByLabel('Your public key').fill(filled.publicKey)
      await button(page, 'Sign it')
      await page.getByText('What it allows').waitFor()
    },
  },
  {
    name: 'my-access',
    caption: 'What was issued to this login and has not ended.',
    async reach({ page }) {
      await menu(page, 'My access')
      await page.getByRole('table').waitFor()
    },
  },
  {
    name: 'search',
    caption: 'Ctrl K searches from everywhere.',
    async reach({ page }) {
      await page.keyboard.press('Control+k')
      await page.getByRole('dialog').getByRole('combobox').fill('web')
      await page.getByRole('option').first().waitFor()
    },
  },
  {
    name: 'hosts',
    caption: 'For administrators: the hosts, when each was seen last, and how old its lists are.',
    async reach({ page, filled }) {
      await page.keyboard.press('Escape')
      await changeTo(page, filled.sysadmin)
      await menu(page, 'Hosts')
      await page.getByRole('table').waitFor()
    },
  },
  {
    name: 'host',
    caption: 'One host.',
    async reach({ page }) {
      await menu(page, 'web-1')
      await page.getByRole('button', { name: 'Disable this host' }).waitFor()
    },
  },
  {
    name: 'certificates',
    caption: 'Every certificate that was signed.',
    async reach({ page }) {
      await menu(page, 'Certificates')
      await page.getByRole('table').waitFor()
    },
  },
  {
    name: 'revoke',
    caption: 'A revocation says first what it will stop.',
    async reach({ page }) {
      await page.getByRole('row').last().getByRole('link').click()
      await page.getByRole('button', { name: 'Revoke its key' }).click()
      await page.getByText(/^This stops/).waitFor()
    },
  },
  {
    name: 'roles',
    caption: 'Who would get what, and the rule that refuses.',
    async reach({ page, filled }) {
      await page.keyboard.press('Escape')
      await menu(page, 'Roles')
      await page.getByLabel('Host or address').fill(filled.host.ip4)
      await button(page, 'Ask the engine')
      await page.getByText('What each role says').or(page.getByRole('table').nth(1)).waitFor()
    },
  },
  {
    name: 'issuers',
    caption: 'The issuers, and the next step of a rotation.',
    async reach({ page }) {
      await menu(page, 'Issuers')
      await page.getByText('Valid certificates').first().waitFor()
    },
  },
  {
    name: 'audit',
    caption: 'The audit log of this process, and how far its chain is verified.',
    async reach({ page }) {
      await menu(page, 'Audit log')
      await page.getByRole('row').last().getByRole('link').click()
      await page.getByRole('table').waitFor()
    },
  },
  {
    name: 'engine',
    caption: 'The last hour of the engine.',
    async reach({ page }) {
      await menu(page, 'Engine')
      await page.getByRole('figure').first().waitFor()
    },
  },
  {
    name: 'empty',
    caption: 'A list with nothing in it says what to do.',
    async reach({ page }) {
      await menu(page, 'Hosts')
      await page.getByLabel('Search hosts').fill('nothing like that')
      await page.getByText(/^No host fits/).waitFor()
    },
  },
  {
    name: 'offline',
    caption: 'The engine does not answer: the page goes on by itself when it does.',
    async reach({ page, site }) {
      await site.crashEngine()
      await menu(page, 'Certificates')
      await page.getByText('The engine does not answer').first().waitFor()
    },
  },
]
