import type { ComponentChildren } from '../preact.ts'
import { addressOf, goTo, path } from '../route.ts'

interface LinkProps {
  /** Path of the API that it leads to. */
  readonly to: string
  readonly class?: string
  readonly children: ComponentChildren
}

/** A link within the page: it keeps the session, which a load of the document would end. */
export const Link = ({ to, class: kind, children }: LinkProps) => (
  <a
    href={addressOf(to)}
    class={kind}
    aria-current={path.value === to ? 'page' : undefined}
    onClick={event => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
      event.preventDefault()
      goTo(to)
    }}
  >
    {children}
  </a>
)
