/** Files whose every comparison is to be held by a test. */
export interface Target {
  /** Those of `npm test` that hold it, the quickest that do. */
  readonly tests: readonly string[]
  /** Lines as they read with another operator, which change nothing that can be seen, and why. */
  readonly equivalent: readonly { readonly after: string; readonly because: string }[]
}

export const TARGETS: Readonly<Record<string, Target>> = {
  'functions/market/supertrend.ts': {
    tests: ['test/market/supertrend.test.ts'],
    equivalent: [
      {
        after: 'if (basicUpper <= upper || previousClose > upper) upper = basicUpper',
        because: 'a band becomes what it is; 0 and -0 are equal too, but a sum of a middle and a distance is never -0',
      },
    ],
  },
  'functions/market/true-range.ts': {
    tests: ['test/market/supertrend.test.ts'],
    equivalent: [
      {
        after: 'if (low < previousClose && previousClose <= high) return high - low',
        because: 'a short cut: the largest of the three ranges is the same',
      },
      {
        after: 'if (low <= previousClose && previousClose < high) return high - low',
        because: 'a short cut: the largest of the three ranges is the same',
      },
    ],
  },
}
