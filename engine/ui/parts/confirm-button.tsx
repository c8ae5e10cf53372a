import { type ComponentChildren, useRef, useSignal } from '../preact.ts'
import { text } from '../text.ts'
import { Notice } from './notice.tsx'

interface ConfirmButtonProps {
  readonly label: string
  /** What will happen, to read before it does. */
  readonly children: ComponentChildren
  /** @throws {Error} shown in the question, which stays open */
  readonly onConfirm: () => Promise<void>
}

/** A button for what cannot be undone: it asks first. */
export function ConfirmButton({ label, children, onConfirm }: ConfirmButtonProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const open = useSignal(false)
  const failure = useSignal<string | undefined>(undefined)
  const show = () => {
    failure.value = undefined
    open.value = true
    dialog.current?.showModal()
  }
  const confirm = () =>
    onConfirm().then(
      () => dialog.current?.close(),
      error => {
        failure.value = error.message
      },
    )
  return (
    <>
      <button type="button" onClick={show}>
        {label}
      </button>
      <dialog
        ref={dialog}
        class="question"
        aria-label={label}
        onClose={() => {
          open.value = false
        }}
      >
        {open.value && (
          <>
            {children}
            {failure.value && <Notice kind="bad">{failure}</Notice>}
            <p class="buttons">
              <button type="button" class="primary" onClick={confirm}>
                {label}
              </button>
              <button type="button" onClick={() => dialog.current?.close()}>
                {text.cancel}
              </button>
            </p>
          </>
        )}
      </dialog>
    </>
  )
}
