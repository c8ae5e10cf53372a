import { Search } from '../access/search.tsx'
import { signal, useEffect, useRef } from '../preact.ts'
import { atSessionEnd } from '../session.ts'
import { text } from '../text.ts'

const isOpen = signal(false)

atSessionEnd(() => {
  isOpen.value = false
})

/** Opens the search over any page. */
export function openPalette(): void {
  isOpen.value = true
}

/** The search over any page, by Ctrl-K. */
export function Palette() {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      isOpen.value = !isOpen.value
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [])
  useEffect(() => {
    if (isOpen.value) dialog.current?.showModal()
    else dialog.current?.close()
  }, [isOpen.value])
  const close = () => {
    isOpen.value = false
  }
  // what had the focus before gets it back by closing, and is not where the user wants to be now
  const chosen = () => {
    dialog.current?.close()
    document.querySelector<HTMLElement>('main h1')?.focus()
  }
  return (
    <dialog ref={dialog} class="palette" aria-label={text.search} onClose={close}>
      {isOpen.value && <Search onChosen={chosen} />}
    </dialog>
  )
}
