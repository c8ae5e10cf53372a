import { type ReadonlySignal, useEffect, useRef } from '../preact.ts'
import { Notice } from './notice.tsx'

/** Why what the user asked for was not done, if it was not. It takes the focus, so that keyboard and screen reader go on there. */
export const Failed = ({ why }: { readonly why: ReadonlySignal<string | undefined> }) =>
  why.value === undefined ? null : <Focused message={why.value} />

function Focused({ message }: { readonly message: string }) {
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    element.current?.focus()
  }, [message])
  return (
    <div ref={element} tabIndex={-1}>
      <Notice kind="bad">{message}</Notice>
    </div>
  )
}
