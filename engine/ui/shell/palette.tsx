import { Search } from '../access/search.tsx'
import { signal, useEffect, useRef } from '../preact.ts'
import { text } from '../text.ts'

const isOpen = signal(false)
let open = (): void => undefined

/** Opens the search over any page. */
export const openPalette = (): void => open()

/** The search over any page, by Ctrl-K. */
export function Palette() {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    open = () => {
      isOpen.value = true
      dialog.current?.showModal()
    }
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      if (dialog.current?.open) dialog.current.close()
      else open()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [])
  const onClose = () => {
    // it may have been opened again before this event
    isOpen.value = dialog.current?.open ?? false
  }
  // what had the focus before gets it back by closing, and is not where the user wants to be now
  const chosen = () => {
    dialog.current?.close()
    document.querySelector<HTMLElement>('main h1')?.focus()
  }
  return (
    <dialog ref={dialog} class="palette" aria-label={text.search} onClose={onClose}>
      {isOpen.value && <Search onChosen={chosen} />}
    </dialog>
  )
}
