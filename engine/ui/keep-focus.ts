/**
 * Watches from now on that the focus is not lost: when the element that has it is taken away, such as the button of a row that has ended,
 * the title of the page gets it.
 */
export function keepFocus(): void {
  let last: Element | undefined
  addEventListener('focusin', ({ target }) => {
    last = target instanceof Element ? target : undefined
  })
  new MutationObserver(() => {
    if (last === undefined || last.isConnected || document.activeElement !== document.body) return
    last = undefined
    document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
  }).observe(document.body, { childList: true, subtree: true })
}
