/**
 * Hints of a column's name and values about its role. Names decide only what the data leave open. Under any other name a
 * column counts as a key, because a user can answer a refusal but cannot get lost rows back.
 */

/** Columns that count versions or mark the final one. */
export const VERSION_NAME =
  /(^|_)(rev|revision|ver|version|seq|sequence|update|updates|amendment|correction|attempt|batch|load|final|closed|complete|confirmed?|status|stage)(_|$)/i
/** Columns that describe the instrument or the length of the bar, even if their values look like versions. */
export const KEY_NAME =
  /side|venue|exchange|market|publisher|interval|time_?frame|freq|resolution|period|tenor|strike|right|expir|matur|deliver|settle|contract/i
/** Dates on which a row was written. Dates that describe an instrument have too many names to list. */
export const WRITTEN_NAME =
  /load|ingest|insert|updat|creat|download|fetch|retriev|receiv|written|process|snapshot|as_?of|publish|import|modif|arriv|batch|run|file|dump/i
/** Figures of a bar, such as a number of trades. */
export const FIGURE_NAME =
  /trades|ticks|transactions|count|volume|turnover|amount|(^|_)(n|num|number|qty|quantity)(_|$)/i
/** Lengths of bars, such as `1m`, `15min` and `1 day`. */
const INTERVAL_TEXT = /^\d+\s*(s|sec|seconds?|t|m|min|mins|minutes?|h|hours?|d|days?|w|weeks?|mo|months?)$/i

export function areIntervals(values: readonly string[]): boolean {
  return values.every((value) => INTERVAL_TEXT.test(value))
}

/** How flags are written as text or numbers. */
const FLAG = /^(true|false|yes|no|y|n|t|f)$/i

/** Text that begins with a calendar day. */
const DAY_TEXT = /^(19|20)\d\d([-/.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])/

export function areDays(values: readonly string[]): boolean {
  return values.every((value) => DAY_TEXT.test(value))
}

/** Seconds to nanoseconds since 1970 between 1990 and 2100. */
const EPOCH_RANGE_S = [631_152_000, 4_102_444_800] as const

/** The latest correction after the last bar. */
const WRITTEN_WITHIN_S = 10 * 366 * 86_400

/** Whether integers are times at which bars between `first` and `last`, in seconds since 1970, may have been written. */
export function areTimesOfWriting(values: readonly number[], first: number, last: number): boolean {
  return areEpochs(values, [first - 86_400, last + WRITTEN_WITHIN_S])
}

export function areEpochs(values: readonly number[], [from, to]: readonly [number, number] = EPOCH_RANGE_S): boolean {
  return [1, 1e3, 1e6, 1e9].some((unit) => values.every((value) => value >= from * unit && value < to * unit))
}

export function areFlags(values: readonly string[]): boolean {
  return values.every((value) => FLAG.test(value))
}
