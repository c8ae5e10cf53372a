import { type ComponentChildren, useLayoutEffect, useRef, useSignal } from '../preact.ts'
import { text } from '../text.ts'
import { useOnce } from '../use-once.ts'
import { Failed } from './failed.tsx'

interface ConfirmButtonProps {
  readonly label: string
  /** What will happen, to read before it does. */
  readonly children: ComponentChildren
  /** @throws {Error} shown in the question, which stays open */
  readonly onConfirm: () => Promise<void>
}

/** A button for what cannot be undone: it asks first, with the focus on the button that does nothing. */
export function ConfirmButton({ label, children, onConfirm }: ConfirmButtonProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const open = useSignal(false)
  const { run, busy, failure, clear } = useOnce()
  const show = () => {
    clear()
    open.value = true
    dialog.current?.showModal()
  }
  const confirm = () =>
    run(async () => {
      await onConfirm()
      dialog.current?.close()
    })
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
          // it may have been opened again before this event
          open.value = dialog.current?.open ?? false
        }}
      >
        {open.value && (
          <>
            {children}
            <Failed why={failure} />
            <p class="buttons">
              <button type="button" class="primary" onClick={confirm}>
                {busy.value ? text.loading : label}
              </button>
              <Cancel onClick={() => dialog.current?.close()} />
            </p>
          </>
        )}
      </dialog>
    </>
  )
}

function Cancel({ onClick }: { readonly onClick: () => void }) {
  const button = useRef<HTMLButtonElement>(null)
  useLayoutEffect(() => button.current?.focus(), [])
  return (
    <button ref={button} type="button" autofocus onClick={onClick}>
      {text.cancel}
    </button>
  )
}
