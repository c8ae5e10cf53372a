import { AccessPage } from '../access/access-page.tsx'
import { CredentialPage } from '../access/credential-page.tsx'
import { AuditPage } from '../audit/audit-page.tsx'
import { AuditSearchPage } from '../audit/audit-search-page.tsx'
import { CertificatePage } from '../certificates/certificate-page.tsx'
import { CertificatesPage } from '../certificates/certificates-page.tsx'
import { HealthPage } from '../health/health-page.tsx'
import { HostPage } from '../hosts/host-page.tsx'
import { HostsPage } from '../hosts/hosts-page.tsx'
import { IssuersPage } from '../issuers/issuers-page.tsx'
import { LeasesPage } from '../leases/leases-page.tsx'
import { Link } from '../parts/link.tsx'
import { Page } from '../parts/page.tsx'
import type { ComponentChildren } from '../preact.ts'
import { RolePage } from '../roles/role-page.tsx'
import { RolesPage } from '../roles/roles-page.tsx'
import { path } from '../route.ts'
import { text } from '../text.ts'

/** The parts of a path that a page is for: `mount` and, where it has one, `name`. */
interface PagePath {
  readonly mount: string
  readonly name: string
}

const ofMount = (noun: string) => new RegExp(`^(?<mount>.+)/${noun}$`)
const ofName = (noun: string) => new RegExp(`^(?<mount>.+)/${noun}/(?<name>[^/]+)$`)

/** The path of a page is that of the API behind it. The first that matches is shown. */
const PAGES: readonly (readonly [pattern: RegExp, show: (path: PagePath) => ComponentChildren])[] =
  [
    [/^$/, () => <AccessPage />],
    [/^sys\/leases\/self$/, () => <LeasesPage />],
    [
      /^(?<mount>.+)\/(?:creds|sign)\/(?<name>[^/]+)$/,
      ({ mount, name }) => <CredentialPage key={`${mount}/${name}`} mount={mount} role={name} />,
    ],
    [/^sys\/audit$/, () => <AuditPage />],
    [
      /^sys\/audit-search\/(?<name>.+)$/,
      ({ name }) => <AuditSearchPage key={name} device={name} />,
    ],
    [/^sys\/health$/, () => <HealthPage />],
    [ofMount('hosts'), ({ mount }) => <HostsPage mount={mount} />],
    [ofName('hosts'), ({ mount, name }) => <HostPage mount={mount} name={name} />],
    [ofMount('certs'), ({ mount }) => <CertificatesPage mount={mount} />],
    [ofName('certs'), ({ mount, name }) => <CertificatePage mount={mount} serial={name} />],
    [ofMount('roles'), ({ mount }) => <RolesPage mount={mount} />],
    [ofName('roles'), ({ mount, name }) => <RolePage mount={mount} name={name} />],
    [ofMount('issuers'), ({ mount }) => <IssuersPage mount={mount} />],
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
