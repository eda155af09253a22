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
}
