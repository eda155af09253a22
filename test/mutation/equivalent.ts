/** Mutants that change nothing which can be seen, and why: no test can fail with them. */
export interface Equivalent {
  /** The line as it reads with the other operator. */
  readonly after: string
  readonly because: string
}

const SHORT_CUT = 'a short cut: the largest of the three ranges is the same'

export const EQUIVALENT: Readonly<Record<string, readonly Equivalent[]>> = {
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
        'const isTogether = last && (range.min < last.max || placeOf(last.max, apart) === placeOf(range.min, apart))',
      because: 'equal numbers have the same place, which the second condition finds',
    },
    {
      after: 'return 2 * from + (steps[from] !== step ? 1 : 0)',
      because: 'gives each place another number, and places are only compared with each other',
    },
  ],
  'functions/market/quality/time-statistics.ts': [
    { after: 'if (firstTime === undefined || first <= firstTime) firstTime = first', because: 'takes an equal number' },
    { after: 'if (lastTime === undefined || last >= lastTime) lastTime = last', because: 'takes an equal number' },
  ],
}
