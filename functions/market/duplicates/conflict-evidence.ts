/**
 * Evidence about a column, from rows that have one series and time but different prices: it may be a key that was not
 * recognised, or order the versions of a row, or neither. The values decide, because no list of names is complete.
 */

/** Rows of a few series and times, each with at least two rows whose prices differ. */
export interface ConflictSample {
  /** Row numbers in the file, ascending. */
  readonly rows: Uint32Array
  /** The rows of each series and time, as positions in `rows`, ascending. */
  readonly groups: readonly (readonly number[])[]
  /** Pairs of groups that follow each other in the file. */
  readonly neighbours: readonly (readonly [group: number, next: number])[]
  /** Rows without duplicates, as positions in `rows`. */
  readonly others: readonly number[]
  /** By row, a number that two rows share when all their prices are equal. */
  readonly prices: Int32Array
  /** Open (if the file has it), high, low and close: one value per row, NaN where there is none. */
  readonly bars: readonly Float64Array[]
}

/** A column explains the conflicts when at most this share of them remains. */
const UNEXPLAINED_SHARE = 0.01
/** Values return when neighbouring times share at least this share of them. */
const RETURNING_SHARE = 0.5

/**
 * The share of conflicting rows for which another row has the same series, time and key, but other prices.
 * @param keys by key column, the number of each row's value
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

/** Whether one duplicated time and the next have the same values, as those of a key and unlike those of corrected figures. */
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

/** Columns of a key at most. */
const MAX_KEYS = 5

/**
 * Finds the columns that distinguish the rows of one series and time: the best one, and further ones while conflicts remain.
 * @param candidates columns that may be keys, each as one number per row of the sample; the better ones first
 * @param known columns that belong to the key in any case
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

/** Whether nearly all rows of one series and time have different values in a column. */
export function tellsApart(sample: ConflictSample, codes: Int32Array): boolean {
  return unexplainedShare(sample, [codes]) <= UNEXPLAINED_SHARE
}

/** Whether a column's values ascend in file order within nearly all times: the later row is the later version. */
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

/** Whether in most conflicts the kept row has no price, but a removed one has: a placeholder stands beside the bar. */
export function keepPlaceholders({ groups, bars }: ConflictSample, keep: 'first' | 'last'): boolean {
  const hasPrice = (at: number) => bars.some((values) => values[at]! > 0)
  const placeholders = groups.filter((group) => !hasPrice(group.at(keep === 'first' ? 0 : -1)!) && group.some(hasPrice))
  return placeholders.length > groups.length / 2
}

/** A value is the usual one when at least this share of the times has it. */
const USUAL_SHARE = 0.95

/**
 * Whether nearly all times, including those without duplicates, have one value in common: that of the first version. Keys of
 * instruments that trade rarely, and figures such as numbers of trades, have no such value.
 */
export function hasUsualValue({ groups, others }: ConflictSample, codes: Int32Array): boolean {
  const counts = new Map<number, number>()
  for (const times of [...groups, ...others.map((at) => [at])]) {
    for (const code of new Set(times.map((at) => codes[at]!))) counts.set(code, (counts.get(code) ?? 0) + 1)
  }
  return Math.max(...counts.values()) >= USUAL_SHARE * (groups.length + others.length)
}

/**
 * Whether each later version occurs only together with the one before it. Two values that each occur without the other,
 * both beside a usual value, are no versions of each other.
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

/** Where one download follows another, the rows of one time are within this share of a download's rows. */
const MEETING_SHARE = 0.25

/**
 * Whether each value has its own consecutive rows, whose times continue where those of the value before end: files that were
 * downloaded one after the other.
 */
export function followInTurn({ rows, groups, others }: ConflictSample, codes: Int32Array, fileRows: number): boolean {
  const inOrder = others.toSorted((a, b) => a - b).map((at) => codes[at]!)
  const values = new Set([...inOrder, ...groups.flat().map((at) => codes[at]!)]).size
  const changes = inOrder.filter((code, i) => i > 0 && code !== inOrder[i - 1]).length
  if (values < 2 || changes >= values) return false
  const distances = groups.map((group) => rows[group.at(-1)!]! - rows[group[0]!]!).sort((a, b) => a - b)
  return distances[distances.length >> 1]! <= MEETING_SHARE * (fileRows / values)
}

/** Whether the values have the same order at nearly all times: a version is never before the one it corrects. */
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
