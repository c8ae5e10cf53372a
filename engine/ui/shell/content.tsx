import { AccessPage } from '../access/access-page.tsx'
import { CredentialPage } from '../access/credential-page.tsx'
import { LeasesPage } from '../leases/leases-page.tsx'
import { Link } from '../parts/link.tsx'
import { Page } from '../parts/page.tsx'
import type { ComponentChildren } from '../preact.ts'
import { path } from '../route.ts'
import { text } from '../text.ts'

/** The parts of a path that a page is for: `mount` and, where it has one, `name`. */
interface PagePath {
  readonly mount: string
  readonly name: string
}

/** The path of a page is that of the API behind it. The first that matches is shown. */
const PAGES: readonly (readonly [pattern: RegExp, show: (path: PagePath) => ComponentChildren])[] =
  [
    [/^$/, () => <AccessPage />],
    [/^sys\/leases\/self$/, () => <LeasesPage />],
    [
      /^(?<mount>.+)\/(?:creds|sign)\/(?<name>[^/]+)$/,
      ({ mount, name }) => <CredentialPage key={`${mount}/${name}`} mount={mount} role={name} />,
    ],
  ]

/** The page of the path in the address. */
export function Content() {
  for (const [pattern, show] of PAGES) {
    const match = pattern.exec(path.value)
    if (match) return show({ mount: '', name: '', ...match.groups })
  }
  return (
    <Page title={text.notFound.title}>
      <p>{text.notFound.text}</p>
      <Link to="">{text.notFound.back}</Link>
    </Page>
  )
}
