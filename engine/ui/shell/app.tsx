import icon from '../icon.svg'
import { LoginPage } from '../login/login-page.tsx'
import { Link } from '../parts/link.tsx'
import { Notice } from '../parts/notice.tsx'
import type { Signal } from '../preact.ts'
import { goTo, path } from '../route.ts'
import { logOut, session } from '../session.ts'
import { text } from '../text.ts'
import { Content } from './content.tsx'
import { EngineNotice } from './engine-notice.tsx'
import { Fault } from './fault.tsx'
import { Menu } from './menu.tsx'
import { openPalette, Palette } from './palette.tsx'
import { SessionNotice } from './session-notice.tsx'

/** The whole page: who is logged in and what for, or the login. */
export const App = ({ failure }: { readonly failure: Signal<string | undefined> }) => (
  <>
    <a class="skip" href="#content">
      {text.skip}
    </a>
    <header class="bar">
      <Link to="" class="brand">
        <img src={icon} alt="" width="28" height="28" /> {text.product}
      </Link>
      {session.value && <SessionBar name={session.value.name} />}
    </header>
    <div class={session.value ? 'frame' : 'frame alone'}>
      {session.value && <Menu />}
      <main id="content">
        <EngineNotice />
        {session.value && <SessionNotice />}
        {session.value && failure.value && (
          <Notice kind="bad" title={text.failed}>
            {failure}
          </Notice>
        )}
        <Fault key={`${session.value !== undefined} ${path.value}`}>
          {session.value ? <Content /> : <LoginPage failure={failure} />}
        </Fault>
      </main>
    </div>
    {session.value && <Palette />}
  </>
)

/** The next user begins at the start. */
function leave() {
  void logOut()
  goTo('')
}

const SessionBar = ({ name }: { readonly name: string }) => (
  <>
    <button type="button" class="search" onClick={openPalette}>
      {text.search} <kbd>{text.searchKeys}</kbd>
    </button>
    <span class="who" title={text.loggedInAs(name)}>
      {name}
    </span>
    <button type="button" onClick={leave}>
      {text.logOut}
    </button>
  </>
)
