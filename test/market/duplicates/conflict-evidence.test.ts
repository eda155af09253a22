import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { areTimesOfWriting } from '../../../functions/market/duplicates/column-hints.ts'
import {
  areChains,
  ascendsInFileOrder,
  type ConflictSample,
  comeInOneOrder,
  followInTurn,
  hasUsualValue,
  keepPlaceholders,
  missingKeys,
  tellsApart,
  unexplainedShare,
  valuesReturn,
} from '../../../functions/market/duplicates/conflict-evidence.ts'
import { areNearBars, areSameBars } from '../../../functions/market/duplicates/same-bars.ts'

type Bar = readonly [open: number, high: number, low: number, close: number]

interface Row {
  /** In the column that is asked. */
  readonly code?: number
  readonly price?: number
  readonly bar?: Bar
  /** In the file; behind the row before where it is left out. */
  readonly row?: number
}

/** Rows of each time, in file order, and rows of times without duplicates; each row has a price of its own. */
function sampled(groups: readonly (readonly Row[])[], others: readonly Row[] = []) {
  let next = 0
  const numbered = (of: Row) => ({ price: next, ...of, row: of.row ?? next++ })
  const [grouped, alone] = [groups.map((group) => group.map(numbered)), others.map(numbered)]
  const rows = [...grouped.flat(), ...alone].sort((a, b) => a.row - b.row)
  const positions = new Map(rows.map((row, at) => [row, at]))
  const sample: ConflictSample = {
    rows: Uint32Array.from(rows, ({ row }) => row),
    groups: grouped.map((group) => group.map((row) => positions.get(row)!)),
    neighbours: grouped.slice(1).map((_, i) => [i, i + 1] as const),
    others: alone.map((row) => positions.get(row)!),
    prices: Int32Array.from(rows, ({ price }) => price),
    bars: [0, 1, 2, 3].map((at) => Float64Array.from(rows, ({ bar }) => bar?.[at] ?? 1)),
  }
  return { sample, codes: Int32Array.from(rows, ({ code = 0 }) => code) }
}

/** So many things, of which the first ones differ from the rest. */
const some = <T>(count: number, first: number, one: T, rest: T): T[] =>
  Array.from({ length: count }, (_, i) => (i < first ? one : rest))
const codes = (...of: readonly number[]): Row[] => of.map((code) => ({ code }))

describe('a column tells rows apart', () => {
  it('when it leaves at most 1 % of the conflicts', () => {
    for (const [left, tells] of [
      [2, true],
      [3, false],
    ] as const) {
      const { sample, codes: asked } = sampled(some(200, left, codes(7, 7), codes(7, 8)))
      assert.equal(unexplainedShare(sample, [asked]), left / 200)
      assert.equal(tellsApart(sample, asked), tells)
      assert.deepEqual(missingKeys(sample, [asked]), tells ? [0] : undefined)
    }
  })

  it('not when there is no conflict', () => {
    const { sample, codes: asked } = sampled([codes(1, 2).map((row) => ({ ...row, price: 5 }))])
    assert.equal(unexplainedShare(sample, [asked]), 1)
  })

  it('together with others, at most five, the one that explains most first', () => {
    const bits = (count: number) => {
      const { sample } = sampled([Array.from({ length: 2 ** count }, () => ({}))])
      const columns = Array.from({ length: count }, (_, bit) => Int32Array.from(sample.rows, (row) => (row >> bit) & 1))
      return { sample, columns }
    }
    const [five, six] = [bits(5), bits(6)]
    assert.deepEqual(missingKeys(five.sample, five.columns), [0, 1, 2, 3, 4])
    assert.equal(missingKeys(six.sample, six.columns), undefined)
    const upper = Int32Array.from(six.sample.rows, (row) => row >> 2)
    assert.deepEqual(missingKeys(six.sample, [...six.columns, upper]), [6, 0, 1])
    // beside one that is known
    assert.equal(missingKeys(five.sample, five.columns.slice(1)), undefined)
    assert.deepEqual(missingKeys(five.sample, five.columns.slice(1), five.columns.slice(0, 1)), [0, 1, 2, 3])
  })
})

describe('values return', () => {
  it('when neighbouring times share at least half of them', () => {
    // a hundred pairs of neighbours: some times that are alike, then each with values of its own
    const alike = (count: number) =>
      Array.from({ length: 101 }, (_, i) => codes(...(i <= count ? [0, 1] : [2 * i, 2 * i + 1])))
    for (const [pairs, doReturn] of [
      [50, true],
      [49, false],
    ] as const) {
      const { sample, codes: asked } = sampled(alike(pairs))
      assert.equal(valuesReturn(sample, asked), doReturn)
    }
  })

  it('also where one time has fewer of them, and not where there is one time', () => {
    const { sample, codes: asked } = sampled([codes(1, 2, 3, 4), codes(4, 4)])
    assert.ok(valuesReturn(sample, asked))
    const one = sampled([codes(1, 2)])
    assert.ok(!valuesReturn(one.sample, one.codes))
  })
})

describe('versions', () => {
  it('ascend in file order at 99 % of the times', () => {
    for (const [descending, ascends] of [
      [2, true],
      [3, false],
    ] as const) {
      const { sample, codes: asked } = sampled(some(200, descending, codes(2, 1), codes(1, 2)))
      assert.equal(
        ascendsInFileOrder(sample, (a, b) => asked[a]! < asked[b]!),
        ascends,
      )
    }
    assert.ok(!ascendsInFileOrder(sampled([]).sample, () => true))
  })

  it('come in one order when at most 1 % of the pairs are against it', () => {
    for (const [against, oneOrder] of [
      [1, true],
      [2, false],
    ] as const) {
      const { sample, codes: asked } = sampled([...some(100, against, codes(2, 1), codes(1, 2)), codes(1, 1, 1)])
      assert.equal(comeInOneOrder(sample, asked), oneOrder)
    }
    const equal = sampled([codes(1, 1)])
    assert.ok(!comeInOneOrder(equal.sample, equal.codes))
  })

  it('have a usual value, that of 95 % of the times, those without duplicates included', () => {
    for (const [without, isUsual] of [
      [1, true],
      [2, false],
    ] as const) {
      const groups = sampled(some(20, without, codes(3, 4), codes(1, 1, 2)))
      assert.equal(hasUsualValue(groups.sample, groups.codes), isUsual)
      const others = sampled(some(10, 0, [], codes(1, 2)), some(10, without, { code: 3 }, { code: 1 }))
      assert.equal(hasUsualValue(others.sample, others.codes), isUsual)
    }
  })

  it('are chains: none is there without the one before it', () => {
    for (const [groups, are] of [
      [[codes(1, 2), codes(1, 2, 3)], true],
      [[codes(1, 2), codes(1, 2, 3), codes(1, 2, 3, 4)], true],
      [[codes(1, 2), codes(1, 3)], false],
      [[codes(1, 2, 3), codes(1, 3, 4), codes(1, 2)], false],
      [[codes(1, 2), codes(1, 2)], true],
      [[codes(1, 2), codes(3, 4)], true],
    ] as const) {
      const { sample, codes: asked } = sampled(groups)
      assert.equal(areChains(sample, asked), are, JSON.stringify(groups))
    }
  })

  it('are written from a day before the first bar to ten years after the last', () => {
    const [first, last] = [1_700_000_000, 1_710_000_000]
    const end = last + 10 * 366 * 86_400
    for (const unit of [1, 1e3, 1e6]) {
      const are = (seconds: number) => areTimesOfWriting([unit * seconds, unit * last], first, last)
      assert.deepEqual([first - 86_400, first - 86_401, end - 1, end].map(are), [true, false, true, false])
    }
  })
})

describe('files that were downloaded one after the other', () => {
  const blocks = (distance: number, others = [0, 0, 1, 1]) =>
    sampled(
      [0, 1, 2].map((i) => [
        { code: 0, row: 80 + i },
        { code: 1, row: 80 + i + distance },
      ]),
      // in any order
      others.map((code, i) => ({ code, row: [0, 10, 180, 190][i]! })).toSorted((a, b) => (a.row % 20) - (b.row % 20)),
    )

  it('meet within a quarter of a block', () => {
    for (const [distance, are] of [
      [25, true],
      [26, false],
    ] as const) {
      const { sample, codes: asked } = blocks(distance)
      assert.equal(followInTurn(sample, asked, 200), are)
    }
  })

  it('have a block for each value', () => {
    for (const others of [
      [0, 1, 0, 1],
      [0, 1, 1, 0],
    ]) {
      const { sample, codes: asked } = blocks(20, others)
      assert.ok(!followInTurn(sample, asked, 200))
    }
    const { sample, codes: asked } = blocks(20)
    assert.ok(!followInTurn(sample, asked.fill(0), 200))
  })
})

describe('rows are the same bar', () => {
  const bar: Bar = [10, 15, 5, 10]
  const alike = (other: Bar) => {
    const { sample } = sampled([[{ bar }, { bar: other }]])
    return { near: areNearBars(sample), same: areSameBars(sample) }
  }
  const [yes, no] = [
    { near: true, same: true },
    { near: false, same: false },
  ]

  it('when two of the prices are equal', () => {
    assert.deepEqual(alike([10, 15, 900, 400]), yes)
    assert.deepEqual(alike([10, 900, 30, 400]), no)
  })

  it('when all differ by one range of the larger bar', () => {
    assert.deepEqual(alike([12.5, 17.5, 7.5, 12.5]), yes)
    assert.equal(alike([12.5, 17.5, 7.5, 12.75]).near, false)
    assert.deepEqual(alike([11, 24, 4, 19]), yes)
    assert.equal(alike([11, 24, 4, 19.5]).near, false)
  })

  it('when they differ by a factor, but for a tenth of the range', () => {
    assert.deepEqual(alike([21, 30, 10, 19]), { near: false, same: true })
    assert.deepEqual(alike([21.0625, 30, 10, 18.9375]), no)
    assert.deepEqual(alike([5, 7.5, 2.5, 5]), { near: false, same: true })
  })

  it('at 90 % of the times, of those with other prices', () => {
    const far: Row[] = [{ bar }, { bar: [100, 900, 30, 400] }]
    const near: Row[] = [{ bar }, { bar: [10, 15, 5, 11] }]
    const equal: Row[] = [
      { bar, price: -1 },
      { bar, price: -1 },
    ]
    for (const [count, are] of [
      [10, true],
      [11, false],
    ] as const) {
      const { sample } = sampled([...some(100, count, far, near), equal, equal])
      assert.deepEqual([areSameBars(sample), areNearBars(sample)], [are, are])
    }
    assert.ok(!areSameBars(sampled([equal]).sample))
  })
})

describe('placeholders', () => {
  const [empty, missing, priced]: [Row, Row, Row] = [
    { bar: [0, 0, 0, 0] },
    { bar: [Number.NaN, Number.NaN, Number.NaN, Number.NaN] },
    { bar: [1, 2, 1, 2] },
  ]

  it('stay when that is so at more than half of the times', () => {
    for (const placeholder of [empty, missing]) {
      for (const [count, stay] of [
        [6, true],
        [5, false],
      ] as const) {
        const before = sampled(some(10, count, [placeholder, priced, priced], [priced, placeholder])).sample
        assert.equal(keepPlaceholders(before, 'first'), stay)
        const behind = sampled(some(10, count, [priced, priced, placeholder], [placeholder, priced])).sample
        assert.equal(keepPlaceholders(behind, 'last'), stay)
        assert.equal(keepPlaceholders(behind, 'first'), false)
      }
    }
  })

  it('are none where no row has a price', () => {
    assert.ok(!keepPlaceholders(sampled([[empty, missing]]).sample, 'first'))
  })
})
