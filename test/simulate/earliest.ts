/** Things with a time, of which the earliest can be taken at once: a binary heap. */
export class Earliest<T extends { readonly at: number }> {
  readonly #heap: T[] = []

  get first(): T | undefined {
    return this.#heap[0]
  }

  add(one: T): void {
    const heap = this.#heap
    let place = heap.push(one) - 1
    while (place > 0) {
      const above = (place - 1) >> 1
      if (this.#at(above) <= one.at) break
      this.#swap(place, above)
      place = above
    }
  }

  take(): T | undefined {
    const heap = this.#heap
    const [first] = heap
    const last = heap.pop()
    if (heap.length === 0 || !last) return first
    heap[0] = last
    let place = 0
    for (;;) {
      const left = 2 * place + 1
      const below = this.#at(left + 1) < this.#at(left) ? left + 1 : left
      if (this.#at(below) >= last.at) return first
      this.#swap(place, below)
      place = below
    }
  }

  #at(place: number): number {
    return this.#heap[place]?.at ?? Number.POSITIVE_INFINITY
  }

  #swap(one: number, other: number): void {
    const heap = this.#heap
    const [here, there] = [heap[one], heap[other]]
    if (here && there) [heap[one], heap[other]] = [there, here]
  }
}
