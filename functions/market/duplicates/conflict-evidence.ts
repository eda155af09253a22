/**
 * What a column says about rows that have one series and time but different prices: whether it is a key that was not
 * recognised, whether it only orders versions of a row, or neither. Judged by the data: no list of names is complete.
 */

/** Rows of a few series and times, each with at least two rows whose prices differ. */
export interface ConflictSample {
  /** Row numbers in the file, ascending. */
  readonly rows: Uint32Array
  /** For each series and time its rows, as positions in `rows`, ascending. */
  readonly groups: readonly (readonly number[])[]
  /** Pairs of groups that follow one another in the file. */
  readonly neighbours: readonly (readonly [group: number, next: number])[]
  /** Rows that no other row shares series and time with, as positions in `rows`. */
  readonly others: readonly number[]
  /** For each row a number that two rows share when all their prices are equal. */
  readonly prices: Int32Array
  /** Open where the file has it, high, low, close: one value per row, NaN without one. */
  readonly bars: readonly Float64Array[]
}

/** A column explains the conflicts when it leaves at most this share of them. */
const UNEXPLAINED_SHARE = 0.01
/** Values return when neighbouring times share at least this part of them. */
const RETURNING_SHARE = 0.5

/**
 * The share of conflicting rows that still have another row of the same series, time and key with other prices.
 * @param keys for each row of the sample the numbers of its key columns' values
 */
export function unexplainedShare({ groups, prices }: ConflictSample, keys: readonly Int32Array[]): number {
  let [conflicts, left] = [0, 0]
  for (const group of groups) {
    const first = new Map<string, number>()
    for (const [i, at] of group.entries()) {
      if (i > 0 && prices[at] !== prices[group[0]!]) conflicts++
      const key = keys.map((codes) => codes[at]).join()
      const known = first.get(key)
      if (known === undefined) first.set(key, prices[at]!)
      else if (known !== prices[at]) left++
    }
  }
  return conflicts === 0 ? 1 : left / conflicts
}

/** Whether the same values are there at one duplicated time and at the next: a key's are, a corrected figure's are not. */
export function valuesReturn({ groups, neighbours }: ConflictSample, codes: Int32Array): boolean {
  if (neighbours.length === 0) return false
  const valuesOf = (group: number) => new Set(groups[group]!.map((at) => codes[at]!))
  let shared = 0
  for (const [group, next] of neighbours) {
    const [some, others] = [valuesOf(group), valuesOf(next)]
    let both = 0
    for (const value of some) if (others.has(value)) both++
    shared += both / Math.min(some.size, others.size)
  }
  return shared / neighbours.length >= RETURNING_SHARE
}

/** Of several columns that together explain the conflicts, the fewest; at most this many. */
const MAX_KEYS = 5

/**
 * The columns that tell the rows of one series and time apart: the best one, and further ones while conflicts are left.
 * @param candidates values of columns that may be keys, as one number per row of the sample; the better ones first
 * @param known values of columns that are told apart in any case
 * @returns their positions in `candidates`, undefined when they do not explain the conflicts
 */
export function missingKeys(
  sample: ConflictSample,
  candidates: readonly Int32Array[],
  known: readonly Int32Array[] = [],
): number[] | undefined {
  const chosen: number[] = []
  let left = unexplainedShare(sample, known)
  while (chosen.length < MAX_KEYS) {
    let [best, leastLeft] = [-1, left]
    for (const [i, codes] of candidates.entries()) {
      if (chosen.includes(i)) continue
      const share = unexplainedShare(sample, [...known, ...chosen.map((at) => candidates[at]!), codes])
      if (share < leastLeft) [best, leastLeft] = [i, share]
    }
    if (best < 0) return undefined
    chosen.push(best)
    left = leastLeft
    if (left <= UNEXPLAINED_SHARE) return chosen
  }
  return undefined
}

/** Whether nearly all rows of a time have different values in a column. */
export function tellsApart(sample: ConflictSample, codes: Int32Array): boolean {
  return unexplainedShare(sample, [codes]) <= UNEXPLAINED_SHARE
}

/** Whether a column's values ascend within nearly all times, in file order: the later row is the later version. */
export function ascendsInFileOrder({ groups }: ConflictSample, isBefore: (a: number, b: number) => boolean): boolean {
  let pairs = 0
  let ascending = 0
  for (const group of groups) {
    for (let i = 1; i < group.length; i++) {
      pairs++
      if (isBefore(group[i - 1]!, group[i]!)) ascending++
    }
  }
  return pairs > 0 && ascending / pairs >= 1 - UNEXPLAINED_SHARE
}

/** Conflicts are those of one bar when at least this share of them is. */
const SAME_BAR_SHARE = 0.9
/** Two bars are the same one when their prices differ by no more, in all, than this part of the larger range. */
const SAME_BAR_RANGES = 1
/** Or, divided by a common factor, as dividends and splits make it, by no more than this part. */
const ADJUSTED_BAR_RANGES = 0.1

/**
 * Whether rows of one series and time are the same bar, corrected or adjusted, rather than bars of two instruments or
 * intervals: two of the prices are equal, or all of them are near each other in terms of the bar's range.
 */
export function areSameBars(sample: ConflictSample): boolean {
  return shareOfBars(sample, (left, right) => isNear(left, right) || isAdjusted(left, right)) >= SAME_BAR_SHARE
}

/** The same without a common factor, which the prices of two contracts of one instrument may differ by as well. */
export function areNearBars(sample: ConflictSample): boolean {
  return shareOfBars(sample, isNear) >= SAME_BAR_SHARE
}

/** The share of conflicts whose bars are alike. */
function shareOfBars(
  { groups, prices, bars }: ConflictSample,
  areAlike: (left: readonly number[], right: readonly number[]) => boolean,
): number {
  const barAt = (at: number) => bars.map((values) => values[at]!)
  let [pairs, alike] = [0, 0]
  for (const [first, ...later] of groups) {
    for (const at of later) {
      if (prices[at] === prices[first!]) continue
      pairs++
      if (areAlike(barAt(first!), barAt(at))) alike++
    }
  }
  return pairs === 0 ? 0 : alike / pairs
}

type Prices = readonly number[]

function isNear(left: Prices, right: Prices): boolean {
  const equal = left.filter((value, i) => value === right[i]).length
  return equal >= 2 || distance(left, right, 1) <= SAME_BAR_RANGES * rangeOf(left, right)
}

function isAdjusted(left: Prices, right: Prices): boolean {
  return distance(left, right, sum(right) / sum(left)) <= ADJUSTED_BAR_RANGES * rangeOf(left, right)
}

function distance(left: Prices, right: Prices, factor: number): number {
  return sum(left.map((value, i) => Math.abs(value * factor - right[i]!)))
}

/** The larger one of the two. */
function rangeOf(...bars: readonly Prices[]): number {
  return Math.max(...bars.map((prices) => Math.max(...prices) - Math.min(...prices)))
}

function sum(values: Prices): number {
  return values.reduce((total, value) => total + value, 0)
}

/** Whether in most conflicts the row that stays has no price and one that goes has some: a placeholder came beside the bar. */
export function keepPlaceholders({ groups, bars }: ConflictSample, keep: 'first' | 'last'): boolean {
  const hasPrice = (at: number) => bars.some((values) => values[at]! > 0)
  const placeholders = groups.filter((group) => !hasPrice(group.at(keep === 'first' ? 0 : -1)!) && group.some(hasPrice))
  return placeholders.length > groups.length / 2
}

/** A value is the usual one when at least this share of the times has it. */
const USUAL_SHARE = 0.95

/**
 * Whether one value is there at nearly all times, those without duplicates included: that of the first version. Keys of
 * instruments that trade now and then, and figures such as numbers of trades, have none.
 */
export function hasUsualValue({ groups, others }: ConflictSample, codes: Int32Array): boolean {
  const counts = new Map<number, number>()
  for (const times of [...groups, ...others.map((at) => [at])]) {
    for (const code of new Set(times.map((at) => codes[at]!))) counts.set(code, (counts.get(code) ?? 0) + 1)
  }
  return Math.max(...counts.values()) >= USUAL_SHARE * (groups.length + others.length)
}

/**
 * Whether a later version is there only where the one before it is. Of two values, each of which is there without the other,
 * both beside a usual one, neither is a version of the other.
 */
export function areChains({ groups }: ConflictSample, codes: Int32Array): boolean {
  const sets = groups.map((group) => new Set(group.map((at) => codes[at]!)))
  const counts = new Map<number, number>()
  for (const set of sets) for (const code of set) counts.set(code, (counts.get(code) ?? 0) + 1)
  const usual = Math.max(...counts.values())
  const later = [...counts].flatMap(([code, count]) => (count < usual ? [code] : []))
  const isWithout = (one: number, other: number) => sets.some((set) => set.has(one) && !set.has(other))
  return !later.some((one, i) => later.slice(i + 1).some((other) => isWithout(one, other) && isWithout(other, one)))
}

/** Blocks of rows that follow one another meet within this part of a block. */
const MEETING_SHARE = 0.25

/**
 * Whether each value has a block of rows of its own, in which times go on where those of the block before end: files that were
 * downloaded one after the other.
 */
export function areBlocksInTurn(
  { rows, groups, others }: ConflictSample,
  codes: Int32Array,
  fileRows: number,
): boolean {
  const inOrder = others.toSorted((a, b) => a - b).map((at) => codes[at]!)
  const values = new Set([...inOrder, ...groups.flat().map((at) => codes[at]!)]).size
  const changes = inOrder.filter((code, i) => i > 0 && code !== inOrder[i - 1]).length
  if (values < 2 || changes >= values) return false
  const distances = groups.map((group) => rows[group.at(-1)!]! - rows[group[0]!]!).sort((a, b) => a - b)
  return distances[distances.length >> 1]! <= MEETING_SHARE * (fileRows / values)
}

/** Whether the values come in one order at nearly all times: a version never comes before the one it corrects. */
export function comeInOneOrder({ groups }: ConflictSample, codes: Int32Array): boolean {
  const counts = new Map<string, number>()
  let pairs = 0
  for (const group of groups) {
    for (let i = 1; i < group.length; i++) {
      const [one, next] = [codes[group[i - 1]!]!, codes[group[i]!]!]
      if (one === next) continue
      pairs++
      counts.set(`${one},${next}`, (counts.get(`${one},${next}`) ?? 0) + 1)
    }
  }
  let against = 0
  for (const [pair, count] of counts) {
    against += Math.min(count, counts.get(pair.split(',').reverse().join()) ?? 0) / 2
  }
  return pairs > 0 && against <= UNEXPLAINED_SHARE * pairs
}

/*
 * Names decide only what the data leaves open. Under any other name a column is taken for a key, since a refusal can be
 * answered and lost rows cannot.
 */

/** Columns that count versions or say that one is final. */
export const VERSION_NAME =
  /(^|_)(rev|revision|ver|version|seq|sequence|update|updates|amendment|correction|attempt|batch|load|final|closed|complete|confirmed?|status|stage)(_|$)/i
/** Columns that belong to the instrument or to the bar's length, although the values look like versions. */
export const KEY_NAME =
  /side|venue|exchange|market|publisher|interval|time_?frame|freq|resolution|period|tenor|strike|right|expir|matur|deliver|settle|contract/i
/** Dates on which a row was written; those of an instrument have too many names to list. */
export const WRITTEN_NAME =
  /load|ingest|insert|updat|creat|download|fetch|retriev|receiv|written|process|snapshot|as_?of|publish|import|modif|arriv|batch|run|file|dump/i
/** Numbers that are counted anew in each bar. */
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

/** How long after the last bar one is corrected at most. */
const WRITTEN_WITHIN_S = 10 * 366 * 86_400

/** Whether integers are times at which bars between two times, in seconds since 1970, may have been written. */
export function areTimesOfWriting(values: readonly number[], first: number, last: number): boolean {
  return areEpochs(values, [first - 86_400, last + WRITTEN_WITHIN_S])
}

export function areEpochs(values: readonly number[], [from, to]: readonly [number, number] = EPOCH_RANGE_S): boolean {
  return [1, 1e3, 1e6, 1e9].some((unit) => values.every((value) => value >= from * unit && value < to * unit))
}

export function areFlags(values: readonly string[]): boolean {
  return values.every((value) => FLAG.test(value))
}
