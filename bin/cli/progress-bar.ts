/** Shows progress on one line of a terminal, which is erased at the end. */

/** Files that take less time get no bar. */
const FIRST_AFTER_MS = 400
const BETWEEN_MS = 100
const BAR_WIDTH = 30
const ERASE_LINE = '\r\x1b[2K'

export interface Terminal {
  readonly isTTY?: boolean | undefined
  write(text: string): unknown
}

export class ProgressBar {
  readonly #terminal: Terminal
  readonly #now: () => number
  readonly #started: number
  #nextAt: number
  #isShown = false

  /** @param terminal gets no bar unless it is a TTY */
  constructor(terminal: Terminal, now: () => number = () => performance.now()) {
    this.#terminal = terminal
    this.#now = now
    this.#started = now()
    this.#nextAt = terminal.isTTY ? this.#started + FIRST_AFTER_MS : Number.POSITIVE_INFINITY
  }

  /** @param unit of both numbers */
  show(done: number, total: number, unit = 'rows'): void {
    const now = this.#now()
    if (now < this.#nextAt) return
    this.#nextAt = now + BETWEEN_MS
    this.#isShown = true
    const seconds = (now - this.#started) / 1000
    const share = Math.min(1, done / total)
    const filled = Math.floor(share * BAR_WIDTH)
    const left = (seconds / share) * (1 - share)
    this.#terminal.write(
      `${ERASE_LINE}[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${Math.floor(share * 100)} %  ` +
        `${Math.round(done / seconds).toLocaleString('en-US')} ${unit}/s  ${left.toFixed(0)} s left`,
    )
  }

  clear(): void {
    if (this.#isShown) this.#terminal.write(ERASE_LINE)
    this.#isShown = false
  }
}
