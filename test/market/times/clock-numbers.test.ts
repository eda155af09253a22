import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ClockNumbers, clearClock } from '../../../functions/market/times/clock-numbers.ts'
import type { Refusals } from '../../../functions/market/times/refusals.ts'
import { RereadTimes } from '../../../functions/market/times/reread-times.ts'
import { newTimes } from '../../../functions/market/times/time.ts'

const refuse: Refusals = {
  value(row, what) {
    throw new Error(`row ${row}: ${what}`)
  },
  missing(row) {
    throw new Error(`row ${row}`)
  },
}

/** Reads pieces, each from index 2 on, with numbers around it that count for nothing; the seconds since midnight. */
function read(pieces: readonly (readonly number[])[], { name = 'c', around = 99, digits = 0 } = {}): number[] {
  const clock = new ClockNumbers('the time column "c"', name)
  const readAll = () => {
    let firstRow = 0
    return pieces.flatMap((piece) => {
      const out = newTimes(piece.length + 4)
      out.values.fill(BigInt(around))
      out.values.set(piece.map(BigInt), 2)
      clock.settle({ out, at: 2, rows: piece.length, firstRow }, digits, refuse)
      firstRow += piece.length
      assert.deepEqual([...out.values.subarray(0, 2), ...out.values.subarray(-2)], new Array(4).fill(BigInt(around)))
      return [...out.values.subarray(2, -2)].map((nanos) => Number(nanos) / 1e9)
    })
  }
  let seconds: number[]
  try {
    seconds = readAll()
  } catch (error) {
    if (!(error instanceof RereadTimes)) throw error
    seconds = readAll()
  }
  clock.finish()
  return seconds
}

describe('numbers that are times of day', () => {
  it('are hours while all are below 24, whatever is around them', () => {
    for (const around of [99, -1, 2400, 0]) {
      assert.deepEqual(read([[0, 9, 23]], { around }), [0, 9 * 3600, 23 * 3600])
      assert.deepEqual(read([[930, 24]], { around }), [34_200, 24 * 60])
    }
  })

  it('are hours and minutes from 24 on', () => {
    assert.deepEqual(read([[0, 24]]), [0, 1440])
  })

  it('have as many parts as the text has digits', () => {
    assert.deepEqual(read([[930]], { digits: 4 }), [34_200])
    assert.deepEqual(read([[930]], { digits: 5 }), [570])
    assert.deepEqual(read([[930]], { digits: 6 }), [570])
    assert.deepEqual(read([[100_000]], { digits: 6 }), [36_000])
    assert.throws(
      () => read([[100_000]], { digits: 7 }),
      /"c" holds numbers up to 100000, which may be hours to millis/,
    )
  })

  describe('are refused for the first that does not fit', () => {
    const message = (row: number, value: number) => new RegExp(`^row ${row}: ${value}, which is no time of day such as`)

    it('the reading of the rows before, such as hours', () => {
      assert.throws(
        () =>
          read([
            [5, 6],
            [0, 7, -1, 8],
          ]),
        { message: message(2, -1) },
      )
      assert.throws(
        () =>
          read([
            [5, 6],
            [7, 23, 24, -1],
          ]),
        { message: message(2, 24) },
      )
      assert.throws(() => read([[5, 6], [-1]]), { message: message(0, -1) })
    })

    it('or nanoseconds of the day', () => {
      const day = 86_400e9
      assert.throws(() => read([[7200e9], [0, day - 1, day, 5]], { name: 'ns' }), { message: message(2, day) })
      assert.throws(() => read([[7200e9], [5, day]], { name: 'ns' }), { message: message(1, day) })
    })

    it('or digits', () => {
      assert.throws(() => read([[930], [2359, -930, 930]]), { message: message(1, -930) })
    })
  })

  describe('of which few are odd', () => {
    const regular = Array.from({ length: 19 }, (_, i) => 900 + i)

    it('are refused below one in twenty', () => {
      assert.equal(read([[...regular, 970]]).length, 20)
      assert.throws(() => read([[...regular, 930, 970, 931]]), {
        code: 'time',
        message:
          /"c" holds 970 in row 20 \(the first is row 0\), which is no time of day such as .*, unlike most others/,
      })
      assert.throws(() => read([regular, [970, 930], [931]]), { message: /holds 970 in row 19 / })
    })

    it('are as the name of the column says', () => {
      assert.deepEqual(read([[3600]], { name: 'seconds' }), [3600])
      assert.deepEqual(read([[3559]], { name: 'seconds' }), [35 * 60 + 59])
      assert.equal(read([[...regular, 930, 970, 931]], { name: 'minute_of_day' })[20], 970 * 60)
    })
  })

  it('are minutes of the day in all pieces when one of them cannot be HHMM', () => {
    assert.deepEqual(read([[900, 901], [970]]), [900 * 60, 901 * 60, 970 * 60])
  })

  it('may be all 0, which is midnight', () => {
    assert.deepEqual(read([[0, 0]]), [0, 0])
    assert.deepEqual(read([[0]], { name: 'ms' }), [0])
  })
})

describe('a clear clock', () => {
  it('is that of digits or hours, or of counted units', () => {
    assert.deepEqual(clearClock('c', [930, 1600]), { seconds: [34_200, 57_600], isDigits: true, areHours: false })
    assert.deepEqual(clearClock('c', [93_000]), { seconds: [34_200], isDigits: true, areHours: false })
    assert.deepEqual(clearClock('c', [93_000_000]), { seconds: [34_200], isDigits: true, areHours: false })
    assert.deepEqual(clearClock('c', [9, 16]), { seconds: [32_400, 57_600], isDigits: false, areHours: true })
    assert.deepEqual(clearClock('c', [34_260, 60]), { seconds: [34_260, 60], isDigits: false, areHours: false })
  })

  it('is none where several readings are likely, or a number is no time of day', () => {
    assert.equal(clearClock('c', [60, 99, 2460]), undefined)
    assert.equal(clearClock('c', [930, -1]), undefined)
  })
})
