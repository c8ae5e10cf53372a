import { Link } from '../parts/link.tsx'
import { text } from '../text.ts'
import { menuEntries } from './menu-entries.ts'

/** The menu. What the user may not do is not in it. */
export const Menu = () => (
  <nav aria-label={text.menu}>
    <ul>
      {menuEntries().map(({ label, path }) => (
        <li key={path}>
          <Link to={path}>{label}</Link>
        </li>
      ))}
    </ul>
  </nav>
)
