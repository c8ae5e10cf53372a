import { readOwnRoles } from './access/own-roles.ts'
import { recoveries } from './api/engine-state.ts'
import { readMounts } from './api/mounts.ts'
import { keepFocus } from './keep-focus.ts'
import { takeReturn, tokenFor } from './login/oidc.ts'
import { effect, render, signal } from './preact.ts'
import { followHistory, replaceBy } from './route.ts'
import { begin, isSameSession, session } from './session.ts'
import { App } from './shell/app.tsx'

// before anything else, while the address still has a code in it
const returned = takeReturn()

const failure = signal<string | undefined>(undefined)
const failed = (error: unknown) => {
  failure.value = (error as Error).message
}

followHistory()
keepFocus()
effect(() => {
  // also when an engine that could not serve does again
  if (recoveries.value < 0 || !session.value) return
  const isSame = isSameSession()
  readMounts()
    .then(readOwnRoles)
    .then(() => {
      failure.value = undefined
    })
    // the next user is not told of it
    .catch(error => isSame() && failed(error))
})
const page = document.getElementById('page')
// what the document says until the script has come
page?.replaceChildren()
if (page) render(<App failure={failure} />, page)
if (returned) {
  replaceBy('')
  tokenFor(returned).then(begin).catch(failed)
}
