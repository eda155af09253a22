import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { countZeros, LevelReader, oneBitLevels } from '../../../functions/parquet/format/levels.ts'
import { varint } from '../../../functions/parquet/format/varint.ts'

type Run = { readonly level: number; readonly count: number } | { readonly groups: readonly number[] }

/** Levels as writers may encode them: runs, and groups of eight side by side. */
function encode(runs: readonly Run[], width: number): Uint8Array {
  return Buffer.concat(
    runs.map((run) => {
      if ('level' in run) return Buffer.from([...varint(run.count << 1), run.level])
      const bytes = Buffer.alloc((run.groups.length * width) / 8)
      for (const [i, level] of run.groups.entries()) {
        for (let bit = 0; bit < width; bit++) {
          const at = i * width + bit
          bytes[at >> 3]! |= ((level >> bit) & 1) << (at & 7)
        }
      }
      return Buffer.concat([Buffer.from(varint(((run.groups.length / 8) << 1) | 1)), bytes])
    }),
  )
}

const levelsOf = (runs: readonly Run[]) =>
  runs.flatMap((run) => ('level' in run ? Array<number>(run.count).fill(run.level) : [...run.groups]))

describe('levels of fields of structs', () => {
  const runsUpTo = (highest: number) =>
    fc.array(
      fc.oneof(
        fc.record({ level: fc.nat(highest), count: fc.integer({ min: 1, max: 5000 }) }),
        fc
          .array(fc.nat(highest), { minLength: 8, maxLength: 800 })
          .map((levels) => ({ groups: levels.slice(0, levels.length - (levels.length % 8)) })),
      ),
      { minLength: 1, maxLength: 6 },
    )

  it('say which rows have a value, whatever their number of bits', () => {
    const runs = fc.integer({ min: 2, max: 64 }).chain((highest) => fc.tuple(fc.constant(highest), runsUpTo(highest)))
    fc.assert(
      fc.property(runs, fc.nat(7), ([highest, runs], cut) => {
        const width = 32 - Math.clz32(highest)
        const levels = levelsOf(runs)
        // the last group may be longer than the page
        const count = Math.max(0, 'groups' in runs.at(-1)! ? levels.length - cut : levels.length)
        const bits = oneBitLevels(encode(runs, width), count, highest)!
        const expected = levels.slice(0, count).map((level) => level === highest)
        assert.equal(countZeros(bits, count), expected.filter((has) => !has).length)
        const reader = new LevelReader(bits)
        assert.deepEqual(
          expected.map(() => reader.next()),
          expected,
        )
      }),
      { numRuns: 200 },
    )
  })

  it('that are too few or too high are none', () => {
    const groups = [0, 1, 2, 2, 2, 1, 0, 2]
    assert.ok(oneBitLevels(encode([{ groups }], 2), 8, 2))
    assert.equal(oneBitLevels(encode([{ groups }], 2), 9, 2), undefined)
    assert.equal(oneBitLevels(encode([{ groups: [...groups.slice(1), 3] }], 2), 8, 2), undefined)
    assert.equal(oneBitLevels(encode([{ level: 3, count: 8 }], 2), 8, 2), undefined)
    assert.equal(oneBitLevels(new Uint8Array(0), 1, 2), undefined)
  })
})
