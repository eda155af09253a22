/**
 * Steps that are no longer counted separately: their number by range. For a step that has been counted separately since it
 * first occurred, the number of larger steps is exact.
 */
export class StepRanges {
  /** Ascending, and apart from each other. */
  #ranges: StepRange[] = []
  #passed: StepRange | undefined

  /**
   * @param steps pairs of a step and its count
   * @param apart steps that are still counted separately, ascending: ranges on both sides of one are not merged
   */
  add(steps: Float64Array, apart: Float64Array): void {
    const byPlace: (StepRange | undefined)[] = new Array(2 * apart.length + 1)
    for (let i = 0; i < steps.length; i += 2) {
      const [step, count] = [steps[i]!, steps[i + 1]!]
      const at = positionOf(step, apart)
      const range = byPlace[at]
      if (range) enlarge(range, step, step, count)
      else byPlace[at] = { min: step, max: step, count }
    }
    const all = [...this.#ranges, this.#passed, ...byPlace].filter((range) => range !== undefined)
    all.sort((a, b) => a.min - b.min)
    this.#ranges = []
    this.#passed = undefined
    for (const range of all) {
      const last = this.#ranges.at(-1)
      const isTogether = last && (range.min <= last.max || positionOf(last.max, apart) === positionOf(range.min, apart))
      if (isTogether) enlarge(last, range.min, range.max, range.count)
      else this.#ranges.push(range)
    }
  }

  /** Adds one step without finding its range. */
  pass(step: number): void {
    if (this.#passed) enlarge(this.#passed, step, step, 1)
    else this.#passed = { min: step, max: step, count: 1 }
  }

  /** The number of larger steps; of a range that contains the step, a proportional part. */
  largerThan(step: number): number {
    let larger = 0
    for (const { min, max, count } of this.#passed ? [...this.#ranges, this.#passed] : this.#ranges) {
      if (min > step) larger += count
      else if (max > step) larger += Math.round((count * (max - step)) / (max - min))
    }
    return larger
  }
}

interface StepRange {
  min: number
  max: number
  count: number
}

function enlarge(range: StepRange, min: number, max: number, count: number): void {
  range.min = Math.min(range.min, min)
  range.max = Math.max(range.max, max)
  range.count += count
}

/** An odd number for each of the steps, an even one for each interval between two of them. */
function positionOf(step: number, steps: Float64Array): number {
  let [from, to] = [0, steps.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (steps[middle]! < step) from = middle + 1
    else to = middle
  }
  return 2 * from + (steps[from] === step ? 1 : 0)
}
