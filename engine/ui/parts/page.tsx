import { type ComponentChildren, useLayoutEffect, useRef } from '../preact.ts'
import { text } from '../text.ts'

interface PageProps {
  readonly title: string
  /** Above the title, such as a link back. */
  readonly above?: ComponentChildren
  readonly children: ComponentChildren
}

/** A page: its title is that of the tab and takes the focus, so that a screen reader begins there. Titles have no secret. */
export function Page({ title, above, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useLayoutEffect(() => {
    document.title = `${title} · ${text.product}`
    // not where a field of the page has taken it
    if (!document.activeElement || document.activeElement === document.body)
      heading.current?.focus()
  }, [title])
  return (
    <>
      {above}
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </>
  )
}
