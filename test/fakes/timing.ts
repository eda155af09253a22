/** Time that passes when a test says so, for the limits of an invocation: a loaded machine does not matter then. */
import type { Timing } from '../../functions/lambda/timing.ts'

export class FakeTiming implements Timing {
  readonly #isAtWork: boolean
  #now = 0
  #limits: { readonly at: number; readonly end: AbortController }[] = []

  /** @param isAtWork whether the function is at work until its deadline, or waits for S3 */
  constructor({ isAtWork }: { readonly isAtWork: boolean }) {
    this.#isAtWork = isAtWork
  }

  after(ms: number): AbortSignal {
    const end = new AbortController()
    this.#limits.push({ at: this.#now + ms, end })
    this.pass(0)
    return end.signal
  }

  startWatch(): () => boolean {
    return () => this.#isAtWork
  }

  pass(ms: number): void {
    this.#now += ms
    const over = this.#limits.filter(({ at }) => at <= this.#now)
    this.#limits = this.#limits.filter(({ at }) => at > this.#now)
    for (const { end } of over) end.abort(new DOMException('the time is over', 'TimeoutError'))
  }
}
