/** Mutants that change nothing which can be seen, and why: no test can fail with them. */
export interface Equivalent {
  /** The line as it reads with the other operator. */
  readonly after: string
  readonly because: string
}

const FOUND_LATER = 'looks from an earlier place on, and finds the same row later'
const SHORT_CUT = 'a short cut: the largest of the three ranges is the same'

const LIMIT = 'the limit itself becomes what it is'
const EQUAL_NUMBER = 'takes an equal number'
const OTHER_KEY = 'different values have different keys then, too'
const NO_UNIT = 'nothing is a multiple of no unit, and nothing is not a multiple of it either'
const TOO_SHORT = 'a text that ends there is too short for a time anyway'
const EACH_ROW = 'a short cut: each row is examined then, and has the same unit'
const FOUND_AGAIN = 'a short cut: the search finds the same run'
const NEW_ARRAY = 'another array of the same length takes its place'
const BEHIND_THE_END = 'an array of bytes has no place behind its end'
const SAME_ENTRY = 'a short cut: the search finds the same entry'
const SLOWER_WAY = 'a short cut: the other way gives the same number'
const KEPT_TOO = 'a short cut: a symbol has the same code with and without it'
const MORE_PROBES = 'a symbol may be in one slot more'
const OTHER_HASH = 'another number of the same bytes'
const NEW_NAMES = 'no new series has the name of another one'

export const EQUIVALENT: Readonly<Record<string, readonly Equivalent[]>> = {
  'functions/market/long-symbols.ts': [
    { after: 'for (let probe = 0; probe <= PROBES; probe++) {', because: MORE_PROBES },
    { after: 'for (; i + 4 < end; i += 4) {', because: OTHER_HASH },
    { after: 'for (; i + 4 > end; i += 4) {', because: OTHER_HASH },
  ],
  'functions/parquet/write/run-list.ts': [
    {
      after: 'if (this.count >= 0 && this.#values[this.count - 1] === value) this.#ends[this.count - 1] = this.length',
      because: 'no value is before the first one, so it is not equal to it',
    },
    { after: 'if (runIndices.length <= count) runIndices = new Int32Array(count)', because: NEW_ARRAY },
    {
      after: 'for (let run = 0; run <= this.count; run++) {',
      because: 'the further run begins behind the last value, so it fills nothing',
    },
    { after: 'if (value <= min) min = value', because: EQUAL_NUMBER },
    { after: 'if (value >= max) max = value', because: EQUAL_NUMBER },
  ],
  'functions/parquet/write/two-values.ts': [
    {
      after: 'for (let byte = 0; byte <= bits.length; byte++) bits[byte] = ~this.#bits[byte]!',
      because: BEHIND_THE_END,
    },
    { after: 'if (rest >= 0) bits[this.length >> 3]! &= (1 << rest) - 1', because: BEHIND_THE_END },
  ],
  'functions/parquet/write/growing-dictionary.ts': [
    {
      after: 'indices[i] = index > 0 && entries[index] === value ? index : this.#indexOf(value)',
      because: SAME_ENTRY,
    },
    {
      after: 'indices[i] = index < 0 && entries[index] === value ? index : this.#indexOf(value)',
      because: SAME_ENTRY,
    },
    { after: 'if (count < this.#entries.length) return', because: NEW_ARRAY },
  ],
  'functions/parquet/write/dictionary-indices.ts': [
    {
      after: 'for (let i = 0; i <= isUsed.length; i++) if (isUsed[i] === 1) yield [i, i + 1]',
      because: 'there is no entry behind the last one, so it is not used',
    },
  ],
  'functions/parquet/write/new-page-encoder.ts': [
    {
      after: 'if (bytes >= leastBytes(length, this.#compression)) {',
      because: 'a PLAIN page has levels too, so it is larger than this',
    },
    { after: 'if (plain.bytes.length < bytes) return plain', because: 'both forms have the same size' },
  ],
  'functions/storage/publish-object.ts': [
    { after: 'if (needed >= buffer.length) {', because: 'a buffer that is full to the last byte may grow as well' },
  ],
  'functions/lambda/timing.ts': [
    {
      after: 'return (user + system) / 1000 > BUSY_SHARE * (performance.now() - started)',
      because: 'no two measured times are in just this ratio',
    },
  ],
  'functions/lambda/sequence-object.ts': [
    {
      after: 'if (this.#complete === undefined || compareKeys(this.#complete, key) > 0) return key',
      because: 'the key that is complete is that key then',
    },
    {
      after: 'const isBehind = this.#complete === undefined || compareKeys(this.#complete, reached) <= 0',
      because: 'the key that was reached is the one that the object names then',
    },
  ],
  'functions/lambda/neighbours.ts': [
    {
      after: 'for (let count = digits.length - DIGITS_PER_STEP; count >= 0; count -= DIGITS_PER_STEP) {',
      because: 'no digit is left, and there is no name before one without digits',
    },
  ],
  'functions/lambda/identity.ts': [
    {
      after:
        'return Object.fromEntries(entries.sort(([a], [b]) => (a <= b ? -1 : 1)).map(([key, entry]) => [key, sorted(entry)]))',
      because: 'no two settings have one name',
    },
  ],
  'functions/market/carry/time-units.ts': [
    { after: 'return result >= MAX_TIME ? MAX_TIME : result < -MAX_TIME ? -MAX_TIME : result', because: LIMIT },
    { after: 'return result > MAX_TIME ? MAX_TIME : result <= -MAX_TIME ? -MAX_TIME : result', because: LIMIT },
  ],
  'functions/market/carry/continuation.ts': [
    { after: 'const sorted = added.toSorted((a, b) => (keyOf(a) <= keyOf(b) ? -1 : 1))', because: NEW_NAMES },
    {
      after: 'while (at <= sorted.length && keyOf(sorted[at]!) < key) places.push(-1 - sorted[at++]!)',
      because: 'there is no name after the last one, and nothing is below a name that is not there',
    },
    {
      after: 'while (at < sorted.length && keyOf(sorted[at]!) <= key) places.push(-1 - sorted[at++]!)',
      because: NEW_NAMES,
    },
  ],
  'functions/market/carry/state-bytes.ts': [
    {
      after: 'if (bytes.length <= FIXED_BYTES + DIGEST_BYTES || !isState(bytes)) {',
      because: 'a state of that length has no header, for which it is refused as damaged too',
    },
  ],
  'functions/market/named-columns.ts': [
    { after: 'if (matches.length >= 1) {', because: 'the line above returns a single match' },
  ],
  'functions/market/supertrend-series.ts': [
    { after: 'for (let i = 0; i <= rows; i++) {', because: 'writes behind the end of the arrays, which ignore it' },
  ],
  'functions/market/supertrend.ts': [
    {
      after: 'if (basicUpper <= upper || previousClose > upper) upper = basicUpper',
      because: 'a band becomes what it is; 0 and -0 are equal too, but a sum of a middle and a distance is never -0',
    },
  ],
  'functions/market/true-range.ts': [
    { after: 'if (low < previousClose && previousClose <= high) return high - low', because: SHORT_CUT },
    { after: 'if (low <= previousClose && previousClose < high) return high - low', because: SHORT_CUT },
  ],
  'functions/market/quality/step-counter.ts': [
    {
      after: 'if (this.#count >= 0) this.#take()',
      because: 'makes an empty table, which takes memory and counts nothing',
    },
    {
      after: 'if (this.#count >= 0) this.#counted.add(this.#step, this.#count)',
      because: 'the step is in the table already, and is counted 0 times more',
    },
  ],
  'functions/market/quality/step-ranges.ts': [
    {
      after:
        'const isTogether = last && (range.min < last.max || positionOf(last.max, apart) === positionOf(range.min, apart))',
      because: 'equal numbers have the same place, which the second condition finds',
    },
    {
      after: 'return 2 * from + (steps[from] !== step ? 1 : 0)',
      because: 'gives each place another number, and places are only compared with each other',
    },
  ],
  'functions/market/quality/time-statistics.ts': [
    { after: 'if (firstTime === undefined || first <= firstTime) firstTime = first', because: EQUAL_NUMBER },
    { after: 'if (lastTime === undefined || last >= lastTime) lastTime = last', because: EQUAL_NUMBER },
  ],
  'functions/market/duplicates/row-set.ts': [
    {
      after: 'return this.size >= 0 && (this.#words[row >> 5]! & (1 << row)) !== 0',
      because: 'an empty set has no words, and no bit of nothing is set',
    },
    { after: 'return to >= from ? this.rankOf(to) - this.rankOf(from) : 0', because: 'the two ranks are equal then' },
    { after: 'if (this.#counted <= span) this.#countTo(span)', because: 'nothing is left to count then' },
    {
      after: 'for (; this.#counted <= span; this.#counted++) {',
      because: 'counts a span more, which is right until rows are added there, and is then counted again',
    },
    { after: 'if (this.#counted <= to) this.#countTo(to)', because: 'nothing is left to count then' },
    { after: 'if (this.#counted >= to) this.#countTo(to)', because: FOUND_LATER },
    { after: 'if (middle * COUNTED_ROWS - this.#before[middle]! < index) from = middle', because: FOUND_LATER },
    { after: 'if (left <= outside) break', because: FOUND_LATER },
    {
      after: 'for (let row = from; row <= to; row = (row | (WORD_ROWS - 1)) + 1) {',
      because: 'what is found at the end or behind it is cut to the end',
    },
  ],
  'functions/market/duplicates/sorted-rows.ts': [
    {
      after: 'for (let row = 0; row <= rows; row++) {',
      because: 'there is no time behind the last row, and what is not there is before no time',
    },
    {
      after: 'while (to <= order.length && sameSeriesAndTime(words, series, order[from]!, order[to]!)) to++',
      because: 'there is no time behind the last row, and no time equals it',
    },
    {
      after: 'if (to >= from + 1 && keptFor.length === 0) keptFor = new Uint32Array(order.length)',
      because: 'takes memory that nothing is written to',
    },
  ],
  'functions/market/duplicates/streamed-rows.ts': [
    {
      after: 'if (carriedTimes && (of.lastRow <= 0 || !isLater) && carriedTimes.isCarried(number, low, high)) {',
      because: 'a short cut: a row that is later than an accepted one is after the end of the files before',
    },
    { after: 'if (this.#waiting >= 0) this.#endWaiting(row)', because: 'adds no row' },
    { after: 'for (let i = 0; i <= known; i++) {', because: 'marks the row behind the piece, which no one reads' },
    {
      after: 'return at <= 0 || at > to ? to : at',
      because: 'it looks from a row on that is no zero, so it finds none at 0',
    },
    { after: 'return at < 0 || at >= to ? to : at', because: 'both are the same number then' },
  ],
  'functions/market/duplicates/duplicate-pairs.ts': [
    {
      after: 'if (this.#count >= 0 && dropped === this.#dropped + this.#count) {',
      because: 'a run of no rows is never continued: each row is added once, and not for itself',
    },
    {
      after: 'if (this.#length + MAX_RUN_BYTES >= this.#buffer.length) this.#makeRoom()',
      because: 'makes room one byte before it is needed',
    },
    {
      after: 'for (; rest >= 127; rest >>>= 7) this.#buffer[this.#length++] = (rest & 127) | 128',
      because: '127 takes two bytes, which are read as 127 too',
    },
  ],
  'functions/market/duplicates/conflict-evidence.ts': [
    {
      after: 'if (i >= 0 && prices[at] !== prices[group[0]!]) conflicts++',
      because: 'the first row of a group has its own prices',
    },
    {
      after: 'return pairs >= 0 && ascending / pairs >= 1 - UNEXPLAINED_SHARE',
      because: '0 / 0 is no number, and not large enough',
    },
  ],
  'functions/market/times/time-of-day.ts': [
    {
      after:
        'return /^\\d{1,2}:/.test(text) || (CLOCK_DIGITS.test(text) && (text.length < 6 || isWithinDay(Number(text))))',
      because: 'every number of six digits is within a day of milliseconds',
    },
    {
      after: 'return value > first * perSecond && value < END_OF_EPOCHS * perSecond',
      because: 'no value is the first: that of 1990 is a whole day, and that of whole days is none',
    },
    { after: 'if (text.length >= most) most = text.length', because: EQUAL_NUMBER },
  ],
  'functions/market/times/time-of-day-evidence.ts': [
    { after: 'return expected >= 0 && path < CONTINUOUS_SHARE * expected', because: 'no path is shorter than nothing' },
    {
      after: 'for (let i = 1; i <= seconds.length; i++) {',
      because: 'the step behind the last one is no number and occurs once: no other step is less frequent',
    },
  ],
  'functions/market/order.ts': [
    {
      after: 'if (next < 0 || next > end) return true',
      because:
        'compares the last row with nothing, which is not before it; with old words behind it the rows are sorted in full',
    },
    {
      after: 'for (let end = order.length; end >= 0; ) {',
      because: 'writes behind the end of the array, which ignores it',
    },
    {
      after:
        'while (start >= 0 && words[2 * start - 2] === words[2 * end - 2] && words[2 * start - 1] === words[2 * end - 1])',
      because: 'no time is before the first row, and nothing equals no time',
    },
    {
      after: 'for (let i = 0; i <= rows; i++) this.rows[i] = i',
      because: 'writes behind the end of the array, which ignores it',
    },
    {
      after: 'if (rows >= 0 && counts[((words[offset]! >>> shift) & DIGIT) ^ flip] === rows) return',
      because: 'no rows are sorted either way',
    },
    {
      after: 'if (rows <= 0 && counts[((words[offset]! >>> shift) & DIGIT) ^ flip] === rows) return',
      because: 'a short cut: sorting by a digit that all rows share keeps their order',
    },
    {
      after: 'for (let bucket = 0; bucket <= BUCKETS; bucket++) {',
      because: 'writes behind the end of the array, which ignores it',
    },
  ],
  'functions/market/prices.ts': [
    { after: 'if (end - start <= 8) return Number.NaN', because: SLOWER_WAY },
    { after: 'if (high >= 2 ** 21 || high <= -(2 ** 21)) return Number.NaN', because: SLOWER_WAY },
    { after: 'const isShort = high < 2 ** 21 && high > -(2 ** 21)', because: SLOWER_WAY },
    { after: 'if (end - start !== 16) {', because: SLOWER_WAY },
    {
      after: 'if (view.getInt32(start) !== 0 || high > 2 ** 20) return Number.NaN',
      because: 'the digits suffice for these integers, too',
    },
    {
      after: 'return nearest + lost * MARGIN !== nearest ? nearest : Number.NaN',
      because: `${SLOWER_WAY}; what lies so close to the middle of two doubles is the middle, and rounded as such`,
    },
    {
      after: '} else for (let i = start; i <= end - 8; i++) if (view.getInt8(i) !== sign) return Number.NaN',
      because: SLOWER_WAY,
    },
    {
      after: 'return scale >= MAX_DECIMAL_DIGITS ? 0 : Math.max(0, scale - USUAL_DECIMALS)',
      because: SLOWER_WAY,
    },
    { after: 'const isShort = zeros >= 0 && isExact(short) && short * shorten === value', because: SLOWER_WAY },
    { after: 'const isShort = zeros <= 0 && isExact(short) && short * shorten === value', because: SLOWER_WAY },
    { after: 'return value > Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER', because: SLOWER_WAY },
    { after: 'return value >= Number.MIN_SAFE_INTEGER && value < Number.MAX_SAFE_INTEGER', because: SLOWER_WAY },
  ],
  'functions/market/series.ts': [
    {
      after:
        'return end - start >= HASHED_BYTES ? this.#longCode(bytes, start, end) : this.#valueCode(bytes, start, end)',
      because: KEPT_TOO,
    },
    {
      after:
        'return end - start <= HASHED_BYTES ? this.#longCode(bytes, start, end) : this.#valueCode(bytes, start, end)',
      because: KEPT_TOO,
    },
    {
      after: 'if (last <= 0 || !sameBytes(values, lastStart, lastEnd, start, end)) {',
      because: 'looks for the first series again, and finds its number',
    },
    {
      after: 'for (let a = startA, b = startB; a <= endA; a++, b++) if (bytes[a] !== bytes[b]) return false',
      because: 'then looks for the same series again, and finds its number',
    },
    { after: 'if (end - start >= HASHED_BYTES) {', because: OTHER_KEY },
    { after: 'if (end - start <= HASHED_BYTES) {', because: OTHER_KEY },
    {
      after: `if (end - start >= PACKED_BYTES) return \`=\${bytes.toString('latin1', start, end)}\``,
      because: OTHER_KEY,
    },
  ],
  'functions/market/times/bar-time.ts': [
    { after: 'if (time <= first) first = time', because: EQUAL_NUMBER },
    { after: 'if (time >= last) last = time', because: EQUAL_NUMBER },
    { after: 'if (row <= before) isSorted = false', because: 'no row is before itself' },
    {
      after: 'for (let row = 0; row <= order.length && units.length > 0; row++) {',
      because: 'there is no time behind the last row, and what is not there is a multiple of each unit',
    },
    { after: 'for (let row = 0; row < order.length && units.length >= 0; row++) {', because: NO_UNIT },
    {
      after:
        'while (units.length >= 0 && Math.abs(seconds - units[0]! * Math.round(seconds / units[0]!)) > 1e-6) units.shift()',
      because: NO_UNIT,
    },
    {
      after: 'for (let row = 0; row <= rows; row++) {',
      because: 'there is no time behind the last row, and what is not there is nowhere within or before',
    },
  ],
  'functions/market/times/time-text.ts': [
    {
      after: 'while (other <= column.rows && textOf(other) === textOf(row)) other++',
      because: 'there is no other text either way when the end is reached',
    },
    { after: 'if (point <= end) {', because: 'there are no digits behind the end, and the fraction is 0' },
  ],
  'functions/market/times/time-parser.ts': [
    { after: 'const isBasic = separator >= 48 && separator < 57', because: 'no month begins with a 9' },
    { after: 'const separator = start + 4 <= end ? bytes[start + 4]! : 0', because: TOO_SHORT },
    { after: 'const isJoined = mark >= 48 && mark < 57', because: 'no hour begins with a 9' },
    {
      after: 'return at === end || (at >= 0 && this.#parseZone(bytes, at, end))',
      because: 'a time of day never ends at 0, because a day is before it',
    },
    { after: 'const hasColon = at <= end && bytes[at] === COLON', because: TOO_SHORT },
  ],
  'functions/market/times/time-integer.ts': [
    { after: 'const size = time <= 0n ? -time : time', because: 'there is one 0' },
    {
      after: "return size === 1e17 ? unitByMagnitude(values[index]!) : size <= 1e17 ? 'us' : 'ns'",
      because: 'the size is not equal there',
    },
    {
      after: 'for (let i = 2 * at + 3, end = 2 * (at + rows); i <= end; i += 2) {',
      because: 'the index is odd, and the end is even',
    },
    { after: 'for (let i = 2 * at, end = 2 * (at + rows); i <= end; i += 2) {', because: EACH_ROW },
    { after: 'if (words[i]! >>> 0 <= SMALLEST_EPOCH && words[i + 1] === 0) return undefined', because: EACH_ROW },
    { after: 'if (high <= least) least = high', because: EQUAL_NUMBER },
    { after: 'else if (high >= most) most = high', because: EQUAL_NUMBER },
    {
      after: 'const unit = UNITS.find((unit) => least > HIGH_WORDS[unit][0] && most <= HIGH_WORDS[unit][1])',
      because: EACH_ROW,
    },
    {
      after: 'const unit = UNITS.find((unit) => least >= HIGH_WORDS[unit][0] && most < HIGH_WORDS[unit][1])',
      because: EACH_ROW,
    },
  ],
  'functions/market/times/clock-numbers.ts': [
    { after: 'if (value >= this.#largest) this.#largest = value', because: EQUAL_NUMBER },
    { after: 'else if (value <= smallest) smallest = value', because: EQUAL_NUMBER },
    {
      after: 'while (row <= at + rows - 1 && fits(valueAt(row))) row++',
      because: 'a row of the piece does not fit, before which it ends',
    },
  ],
  'functions/market/times/day-and-time.ts': [
    {
      after: 'if (i !== at || words[2 * i] !== low || words[2 * i + 1] !== high) {',
      because: 'a short cut: the day of each row is computed then, and that of a first row of 0 is known to be 0',
    },
  ],
  'functions/market/quality/counted-steps.ts': [
    {
      after: 'for (let at = 0; at <= this.#table.length; at += SLOT_FIELDS) {',
      because: 'there is no step behind the table',
    },
    {
      after: 'if (count > most || (count === most && step <= usual)) [usual, most] = [step, count]',
      because: 'no step is in the table twice',
    },
  ],
  'functions/market/duplicates/accepted-times.ts': [
    {
      after: 'if (this.#count >= 0 && low === this.#nextLow && high === this.#nextHigh) {',
      because: 'no run has a row before the first run',
    },
    {
      after:
        'if (guess < to && this.#startsBy(guess, low, high) && !(guess < to && this.#startsBy(guess + 1, low, high))) {',
      because: FOUND_AGAIN,
    },
    {
      after:
        'if (guess <= to && this.#startsBy(guess, low, high) && !(guess <= to && this.#startsBy(guess + 1, low, high))) {',
      because: FOUND_AGAIN,
    },
    { after: 'if (startHigh !== high) return startHigh <= high', because: 'the two are not equal' },
    { after: 'if (this.#count >= 0 && runs[base + COUNT] === 1) {', because: 'no run has a time before the first run' },
    {
      after: 'if (this.lastRow <= 0) {',
      because: 'after row 0 the open run has one time, which the condition above takes',
    },
  ],
  'functions/parquet/format/column-chunk.ts': [
    {
      after:
        'const start = dictionary !== undefined && dictionary > 0 && dictionary <= dataPage ? dictionary : dataPage',
      because: 'the two are the same place then',
    },
    {
      after: 'if (count >= 0 && start < ends[count - 1]!) isAscending = false',
      because: 'there is no chunk before the first',
    },
    {
      after: 'if (count > 0 && start <= ends[count - 1]!) isAscending = false',
      because: 'a short cut: sorted, the chunks do not overlap either',
    },
  ],
  'functions/parquet/write/output-footer.ts': [
    {
      after: 'const before = [...this.#replacedLeaves].filter((leaf) => leaf <= index).length',
      because: 'the column itself stays',
    },
  ],
  'functions/enrich/compute.ts': [
    {
      after: 'const some = rows.removed.size >= removed ? accepted : undefined',
      because: 'a short cut: without removed rows all are accepted',
    },
  ],
  'functions/enrich/compute-sorted.ts': [
    {
      after: 'output.results.write(values, rows, removed.size >= 0 ? accepted : undefined)',
      because: 'a short cut: without removed rows all are accepted',
    },
    {
      after: 'const series = file.columns.series.length >= 0 ? new Int32Array(rows) : undefined',
      because: 'the only series has the number 0',
    },
    {
      after:
        'for (let i = 0; i <= bars.rows; i++) if (bars.series[i]! >= seriesCount) seriesCount = bars.series[i]! + 1',
      because: 'there is no series behind the last row, and what is not there is not large',
    },
    {
      after: 'for (let from = 0; from <= kept.length; from += blockRows) {',
      because: 'computes a block without rows',
    },
    {
      after: 'for (let i = 0; i <= count; i++) {',
      because: 'reads a row that the next block reads again, or writes behind the end of the arrays',
    },
    {
      after: 'for (let i = 0; i <= count; i++) copyValue(of, i, to, kept[from + i]!)',
      because: 'writes to a row that the next block writes to again, or to none',
    },
  ],
  'functions/enrich/lane.ts': [
    { after: 'if (self.values.length <= needed) {', because: 'makes room although there is just enough' },
  ],
  'functions/enrich/supertrend-columns.ts': [
    {
      after: 'for (let byte = 0; byte <= (rows + 7) >> 3; byte++) out[byte] = a[byte]! | b[byte]!',
      because: 'no bit is set behind the rows, and no page reads it',
    },
  ],
  'functions/enrich/pending-results.ts': [
    { after: 'const band = side <= 0 ? this.upper : this.lower', because: 'the side is not 0 there' },
    {
      after: 'for (let row = 0, value = 0; row <= this.#rows; row++) {',
      because: 'no bit is set behind the rows',
    },
    { after: 'if (value <= min) min = value', because: EQUAL_NUMBER },
    { after: 'if (value >= max) max = value', because: EQUAL_NUMBER },
  ],
  'functions/enrich/row-results.ts': [
    {
      after: 'for (let start = from; start <= to; start += BLOCK_ROWS) {',
      because: 'writes no rows, which changes nothing',
    },
  ],
  'functions/enrich/carry/compare-rows.ts': [
    {
      after: 'for (let at = firstFrom(rows, firstRow); at <= to; at++) {',
      because: 'writes a key that is not in this piece, which the piece with its row then writes again',
    },
  ],
  'functions/enrich/carry/forgotten-series.ts': [
    {
      after: 'for (let i = 0; i <= bars.rows; i++) {',
      because: 'the row behind the piece has no series there, and what is no series is not new',
    },
  ],
  'functions/enrich/carry/carried-rows.ts': [
    {
      after: 'for (let i = 0; i <= seriesCount; i++) this.#starts[i + 1]! += this.#starts[i]!',
      because: 'writes behind the end of the array, which ignores it',
    },
    {
      after: 'if (guess > from && guess < to && this.timeAt(guess) === time) from = to = guess',
      because: 'a short cut: the search finds the same place',
    },
    {
      after: 'if (first === undefined || this.rowAt(place) <= this.rowAt(first)) first = place',
      because: 'no two places have one row',
    },
  ],
}
