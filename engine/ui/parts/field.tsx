import { type Signal, useId, useLayoutEffect, useRef } from '../preact.ts'

interface FieldProps {
  readonly label: string
  readonly value: Signal<string>
  readonly type?: 'text' | 'password'
  readonly hint?: string
  readonly placeholder?: string
  readonly autocomplete?: string
  readonly required?: boolean
  readonly focused?: boolean
}

/** A labelled line for text. Names and secrets are neither checked nor capitalized. */
export function Field({ label, value, type = 'text', hint, focused, ...rest }: FieldProps) {
  const id = useId()
  const element = useRef<HTMLInputElement>(null)
  // with the field itself, so that the first key typed is not lost
  useLayoutEffect(() => {
    if (focused) element.current?.focus()
  }, [])
  return (
    <p class="field">
      <label for={id}>{label}</label>
      <input
        {...{ id, ...rest }}
        // the types of Preact know a role for each type of a field, and this one has none
        type={type as 'text'}
        ref={element}
        value={value}
        onInput={event => {
          value.value = event.currentTarget.value
        }}
        aria-describedby={hint && `${id}-hint`}
        autocapitalize="none"
        spellcheck={false}
      />
      {hint && <small id={`${id}-hint`}>{hint}</small>}
    </p>
  )
}
