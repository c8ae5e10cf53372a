import { type Signal, useId } from '../preact.ts'

interface SelectFieldProps {
  readonly label: string
  readonly value: Signal<string>
  /** Texts by values, in their order. */
  readonly options: Readonly<Record<string, string>>
}

/** A labelled choice of one of several values. */
export function SelectField({ label, value, options }: SelectFieldProps) {
  const id = useId()
  return (
    <p class="field">
      <label for={id}>{label}</label>
      <select
        {...{ id, value }}
        onChange={event => {
          value.value = event.currentTarget.value
        }}
      >
        {Object.entries(options).map(([key, shown]) => (
          <option key={key} value={key}>
            {shown}
          </option>
        ))}
      </select>
    </p>
  )
}
