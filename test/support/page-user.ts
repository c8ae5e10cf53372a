import type { Page } from 'playwright-core'
import { seenIn } from './seen-by-browser.ts'
import type { Site } from './site.ts'

/** A user of the page, who logs in with name and password. */
export interface PageUser {
  readonly name: string
  readonly password: string
}

const PASSWORD = 'correct horse battery'

/** The policies of docs/policies.md that a user has who only logs in to hosts. */
export const ENGINEER = `
path "ssh/lookup" { capabilities = ["update"] }
path "ssh/creds/web" { capabilities = ["update"] }
path "ssh/creds/database" { capabilities = ["update"] }
path "ssh/sign/engineers" { capabilities = ["update"] }
`

/** What an administrator sees and ends, who gets no credential. */
export const SYSADMIN = `
path "ssh/explain" { capabilities = ["update", "sudo"] }
path "ssh/roles/*" { capabilities = ["read", "list"] }
path "ssh/hosts/*" { capabilities = ["read", "update", "list"] }
path "ssh/certs/*" { capabilities = ["read", "list"] }
path "ssh/issuers/*" { capabilities = ["list"] }
path "ssh/issuer/*" { capabilities = ["read"] }
path "ssh/revoke" { capabilities = ["update"] }
path "ssh/revoke/preview" { capabilities = ["update"] }
path "sys/audit" { capabilities = ["read", "sudo"] }
path "sys/audit-search/*" { capabilities = ["read", "update", "sudo"] }
path "sys/activity" { capabilities = ["read"] }
`

/** Makes a user of userpass with a policy of the same name. The mount must be there. */
export async function makeUser(site: Site, name: string, policy: string): Promise<PageUser> {
  await site.must('write', `sys/policies/acl/${name}`, `policy=${policy}`)
  await site.must(
    'write',
    `auth/userpass/users/${name}`,
    `password=${PASSWORD}`,
    `policies=${name}`,
  )
  return { name, password: PASSWORD }
}

/** Fills in the form of the page, by the keyboard alone, and waits for the start. */
export async function logIn(page: Page, { name, password }: PageUser): Promise<void> {
  await seenIn(page, page.getByLabel('Name', { exact: true }).waitFor())
  await page.keyboard.type(name)
  await page.keyboard.press('Tab')
  await page.keyboard.type(password)
  await page.keyboard.press('Enter')
  const start = page.getByRole('heading', { name: 'Where do you want to log in?' })
  await seenIn(page, start.waitFor())
}
