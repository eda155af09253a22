/** Lists the flips of a series: the bars at which the trend changes its side, as `audit/flips.ts` does for all series. */

/** Memory for as many is 8 MB; minutes of four years have about as many. */
const MAX_FLIPS = 100_000

interface FlipBar {
  readonly time: number
  readonly side: number
  readonly price: number
}

/** A flip, and its trend up to the last row read. */
interface OpenFlip extends FlipBar {
  bars: number
  lastPrice: number
}

/** One element for each flip, oldest first. */
export interface Flips {
  /** How many there are; older ones than those listed may be missing. */
  readonly count: number
  readonly times: readonly number[]
  /** The new side: -1 or +1. */
  readonly sides: readonly number[]
  /** The close of the bar. */
  readonly prices: readonly number[]
  /** Bars from this one to the last of its trend. */
  readonly bars: readonly number[]
  /** Change of the close over these bars, as a share: 0.02 is a rise of 2 %. */
  readonly returns: readonly number[]
}

export class FlipList {
  #flips: OpenFlip[] = []
  #count = 0

  add(flip: FlipBar): void {
    this.#count++
    this.#flips.push({ ...flip, bars: 1, lastPrice: flip.price })
    if (this.#flips.length >= 2 * MAX_FLIPS) this.#flips = this.#flips.slice(MAX_FLIPS)
  }

  /** A further bar of the trend. */
  goOn(price: number): void {
    const flip = this.#flips.at(-1)
    if (!flip) return
    flip.bars++
    flip.lastPrice = price
  }

  /** @param limit of the flips, the newest ones */
  result(limit = MAX_FLIPS): Flips {
    const flips = this.#flips.slice(-limit)
    return {
      count: this.#count,
      times: flips.map(({ time }) => time),
      sides: flips.map(({ side }) => side),
      prices: flips.map(({ price }) => price),
      bars: flips.map(({ bars }) => bars),
      returns: flips.map(({ price, lastPrice }) => lastPrice / price - 1),
    }
  }
}
