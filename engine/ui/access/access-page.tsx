import { Page } from '../parts/page.tsx'
import { text } from '../text.ts'
import { CredentialCard } from './credential-card.tsx'
import { credentials } from './credentials.ts'
import { Search } from './search.tsx'

/** The start: a line to say where to, and what was issued since. */
export const AccessPage = () => (
  <Page title={text.access.title}>
    <Search />
    {credentials.value.length > 0 && <h2>{text.access.held}</h2>}
    {credentials.value.map(each => (
      <CredentialCard key={each.lease} credential={each} />
    ))}
  </Page>
)
