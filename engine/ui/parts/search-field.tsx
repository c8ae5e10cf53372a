import { type Signal, useId, useRef } from '../preact.ts'

/** Milliseconds without a key press before the search begins. */
const PAUSE = 200

interface SearchFieldProps {
  readonly label: string
  /** What to search for; set a moment after the last key. */
  readonly value: Signal<string>
  readonly hint?: string
}

/** A line to search a list with. */
export function SearchField({ label, value, hint }: SearchFieldProps) {
  const id = useId()
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  return (
    <search class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="search"
        value={value.peek()}
        onInput={event => {
          const { value: typed } = event.currentTarget
          clearTimeout(timer.current)
          timer.current = setTimeout(() => {
            value.value = typed.trim()
          }, PAUSE)
        }}
        aria-describedby={hint && `${id}-hint`}
        autocapitalize="none"
        spellcheck={false}
      />
      {hint && <small id={`${id}-hint`}>{hint}</small>}
    </search>
  )
}
