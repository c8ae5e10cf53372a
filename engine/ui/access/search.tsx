import { sshMounts } from '../api/mounts.ts'
import { type Signal, useEffect, useId, useRef, useSignal, useSignalEffect } from '../preact.ts'
import { text } from '../text.ts'
import { type Choice, findChoices } from './choices.ts'
import { ownRoles } from './own-roles.ts'

/** Milliseconds without a key press before the engine is asked. */
const PAUSE = 150

const words = text.access

/** The line to type a host, a role or a page in: arrow keys choose, Enter goes there, or gets the credential at once. */
export function Search({ onChosen }: { readonly onChosen?: () => void }) {
  const id = useId()
  const line = useRef<HTMLInputElement>(null)
  useEffect(() => line.current?.focus(), [])
  const typed = useSignal('')
  const state = useFound(typed)
  const { choices } = state.value
  const selected = useSignal(0)
  const failure = useSignal<string | undefined>(undefined)
  /** What Enter was pressed for before the engine has answered. */
  const entered = useRef<string>(undefined)
  const current = Math.min(selected.value, choices.length - 1)
  async function take(choice: Choice | undefined) {
    if (!choice || choice.refused !== undefined) return
    failure.value = undefined
    try {
      await choice.take()
      typed.value = ''
      onChosen?.()
    } catch (error) {
      failure.value = (error as Error).message
    }
  }
  useSignalEffect(() => {
    const { of, choices: found } = state.value
    if (of !== entered.current) return
    entered.current = undefined
    queueMicrotask(() => take(found[0]))
  })
  function onKeyDown(event: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) {
      selected.value = Math.max(0, Math.min(choices.length - 1, current + step))
      document.getElementById(`${id}-${selected.peek()}`)?.scrollIntoView({ block: 'nearest' })
    } else if (event.key === 'Escape' && !onChosen) typed.value = ''
    else if (event.key !== 'Enter') return
    else if (state.value.of === typed.value) void take(choices[current])
    else entered.current = typed.value
    event.preventDefault()
  }
  return (
    <search>
      <label for={id}>{words.label}</label>
      <input
        {...{ id, onKeyDown }}
        ref={line}
        class="wanted"
        value={typed}
        onInput={event => {
          typed.value = event.currentTarget.value
          selected.value = 0
          entered.current = undefined
        }}
        placeholder={words.placeholder}
        role="combobox"
        aria-autocomplete="list"
        aria-expanded={choices.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={choices.length > 0 ? `${id}-${current}` : undefined}
        aria-describedby={`${id}-hint`}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
      />
      <p id={`${id}-hint`} class="hint" role="status">
        {failure.value ?? state.value.failure ?? (state.value.empty ? words.nothing : words.hint)}
      </p>
      <ChoiceList {...{ id, choices, current, take }} />
    </search>
  )
}

interface Found {
  /** The text that these choices are for. */
  readonly of: string
  readonly choices: readonly Choice[]
  /** Whether a host was asked for, and no role is for it. */
  readonly empty: boolean
  readonly failure?: string
}

/** The choices for what is typed, a moment after the last key. */
function useFound(typed: Signal<string>): Signal<Found> {
  const found = useSignal<Found>({ of: '', choices: [], empty: false })
  useSignalEffect(() => {
    const of = typed.value
    // who types before these have been read is answered when they have
    void [sshMounts.value, ownRoles.value]
    const stopped = new AbortController()
    const timer = setTimeout(
      () =>
        findChoices(of, stopped.signal).then(
          choices => {
            if (stopped.signal.aborted) return
            found.value = { of, choices, empty: of.trim() !== '' && choices.length === 0 }
          },
          error => {
            if (stopped.signal.aborted) return
            found.value = { of, choices: [], empty: false, failure: error.message }
          },
        ),
      of === '' ? 0 : PAUSE,
    )
    return () => {
      clearTimeout(timer)
      stopped.abort()
    }
  })
  return found
}

interface ChoiceListProps {
  readonly id: string
  readonly choices: readonly Choice[]
  readonly current: number
  readonly take: (choice: Choice) => void
}

const ChoiceList = ({ id, choices, current, take }: ChoiceListProps) => (
  <div role="listbox" id={`${id}-list`} class="choices" aria-label={words.ways}>
    {choices.map((choice, index) => (
      // the keyboard chooses in the line above, as the combobox pattern of ARIA wants it
      // biome-ignore lint/a11y/useKeyWithClickEvents: see above
      // biome-ignore lint/a11y/useFocusableInteractive: see above
      <div
        key={choice.key}
        role="option"
        id={`${id}-${index}`}
        aria-selected={index === current}
        aria-disabled={choice.refused !== undefined}
        class={choice.refused === undefined ? 'choice' : 'choice refused'}
        onClick={() => take(choice)}
      >
        <span class="what">{choice.label}</span>
        <span class="detail">{choice.refused ?? choice.detail}</span>
        {choice.refused === undefined && <span class="action">{choice.action}</span>}
      </div>
    ))}
  </div>
)
