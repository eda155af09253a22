/** Series, gaps, usual step, first and last time of the kept rows; streamed and sorted rows give the same. */
import type { AcceptedTimes } from '../duplicates/accepted-times.ts'
import { rowIsBefore } from '../duplicates/sorted-rows.ts'
import { minus, wordsToBigInt, wordsToNumber } from '../times/time.ts'
import { CommonStep, StepCounter, stepsToldApart } from './step-counter.ts'

/** Times and steps are in the unit of the time column. */
export interface TimeStatistics {
  readonly series: number
  /** Steps between neighbouring times of a series that are larger than the series' usual step. */
  readonly gaps: number
  /** Undefined when series differ in it, or when no series has two times. */
  readonly usualStep: number | undefined
  /** Undefined for a file without rows. */
  readonly firstTime: bigint | undefined
  readonly lastTime: bigint | undefined
}

/** @param all the accepted times of each series; this closes their last run, so no more times may be added */
export function streamedStatistics(all: readonly AcceptedTimes[]): TimeStatistics {
  let [count, gaps] = [0, 0]
  let [firstTime, lastTime]: [bigint | undefined, bigint | undefined] = [undefined, undefined]
  const step = new CommonStep()
  for (const series of all) {
    // all rows of the series are in an earlier file
    if (series.lastRow < 0) continue
    count++
    series.closeRun()
    gaps += series.steps.gaps
    step.add(series.steps)
    const first = wordsToBigInt(series.firstLow, series.firstHigh)
    const last = wordsToBigInt(series.lastLow, series.lastHigh)
    if (firstTime === undefined || first < firstTime) firstTime = first
    if (lastTime === undefined || last > lastTime) lastTime = last
  }
  return { series: count, gaps, usualStep: step.value, firstTime, lastTime }
}

/**
 * @param kept rows by series, then time
 * @param words times by row
 * @param series numbers by row, undefined for a single series
 */
export function sortedStatistics(kept: Uint32Array, words: Int32Array, series: Int32Array | undefined): TimeStatistics {
  let count = 0
  let gaps = 0
  let steps = new StepCounter()
  const step = new CommonStep()
  let [first, last] = [kept[0], kept[0]]
  for (let i = 0; i < kept.length; i++) {
    const row = kept[i]!
    const previous = i === 0 ? undefined : kept[i - 1]!
    if (previous === undefined || (series && series[previous] !== series[row])) {
      gaps += steps.gaps
      step.add(steps)
      steps = new StepCounter(stepsToldApart(series ? series[row]! : 0))
      count++
    } else {
      const [low, high] = minus(words[2 * row]!, words[2 * row + 1]!, words[2 * previous]!, words[2 * previous + 1]!)
      steps.add(wordsToNumber(low, high >>> 0), 1)
    }
    if (rowIsBefore(words, row, first!)) first = row
    if (rowIsBefore(words, last!, row)) last = row
  }
  step.add(steps)
  const timeOf = (row: number | undefined) =>
    row === undefined ? undefined : wordsToBigInt(words[2 * row]!, words[2 * row + 1]!)
  return {
    series: count,
    gaps: gaps + steps.gaps,
    usualStep: step.value,
    firstTime: timeOf(first),
    lastTime: timeOf(last),
  }
}
