import { useSignal } from '../preact.ts'
import { text } from '../text.ts'

/** Milliseconds that the button says what happened. */
const SHOWN = 2_000

interface CopyButtonProps {
  /** What is copied. */
  readonly value: string
  readonly label?: string
  readonly class?: string
}

/** Copies a text to the clipboard, and says whether that worked. */
export function CopyButton({ value, label = text.copy, class: kind }: CopyButtonProps) {
  const said = useSignal<string | undefined>(undefined)
  async function copy() {
    said.value = await navigator.clipboard.writeText(value).then(
      () => text.copied,
      // the browser permits it on pages by HTTPS alone, or the user does not
      () => text.notCopied,
    )
    setTimeout(() => {
      said.value = undefined
    }, SHOWN)
  }
  return (
    <button type="button" class={kind} onClick={copy}>
      <span aria-live="polite">{said.value ?? label}</span>
    </button>
  )
}
