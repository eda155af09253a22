import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digesting } from '../../../functions/enrich/digest-results.ts'
import { enrich } from '../../../functions/enrich/enrich.ts'
import type { Results } from '../../../functions/enrich/pending-results.ts'
import { CODEC_CHOICES, type EnrichSettings } from '../../../functions/enrich/settings.ts'
import { SupertrendColumns } from '../../../functions/enrich/supertrend-columns.ts'
import { DEFINITIONS } from '../../../functions/market/supertrend.ts'
import { COLUMN_CHUNK, COLUMN_META, FILE_METADATA, PAGE_HEADER } from '../../../functions/parquet/format/fields.ts'
import { readFooter } from '../../../functions/parquet/format/footer.ts'
import { asStruct, ThriftStruct, type ThriftValue, thrift } from '../../../functions/parquet/format/thrift.ts'
import { ReadBack } from '../../../functions/parquet/read-back/read-back.ts'
import type { PlacedColumns } from '../../../functions/parquet/write/added-columns.ts'
import { appendPlaced } from '../../../functions/parquet/write/append.ts'
import type { BytePieces } from '../../../functions/shared/byte-source.ts'
import { concatBytes } from '../../../functions/shared/concat-bytes.ts'
import { ReadBackError, RefusedError } from '../../../functions/shared/errors.ts'
import { faultyPages, flipped, miscoded } from '../../fakes/faulty-pages.ts'
import {
  type Bar,
  barsFile,
  enrichBytes,
  memorySource,
  NEW_COLUMNS,
  random,
  SETTINGS,
  someBars,
} from '../../parquet-files.ts'
import { quickOrThorough } from '../../thorough.ts'

const bars = someBars(2500)
const withoutPrices = bars.map((bar, i) => (i % 90 < 12 ? { ...bar, close: i % 2 ? null : Number.NaN } : bar))
const symbols = [null, 'A', 'B', ''].flatMap((symbol, i) => someBars(400, i + 1).map((bar) => ({ ...bar, symbol })))
const doubled = (of: readonly Bar[]) => [...of, ...of.slice(-150)]
const SETS: EnrichSettings['supertrends'] = [
  { definition: 'stockstats', period: 10, multiplier: 1 },
  { definition: 'tradingview', period: 11, multiplier: 2 },
  { definition: 'stockstats', period: 12, multiplier: 0.5 },
]

const FILES: Readonly<Record<string, Uint8Array>> = {
  'a usual file': barsFile(bars),
  'rows without a price': barsFile(withoutPrices),
  'several symbols': barsFile(symbols),
  'no rows': barsFile([]),
  'one row': barsFile(bars.slice(0, 1)),
  'row groups of 7 rows': barsFile(bars.slice(0, 400), { rowGroupSize: 7 }),
  'pages of 65,536 rows': barsFile(someBars(140_000)),
  duplicates: barsFile(doubled(bars)),
  'duplicates in row groups of 100 rows': barsFile(doubled(withoutPrices), { rowGroupSize: 100 }),
  'duplicates of several symbols': barsFile(doubled(symbols)),
  'a descending file': barsFile(bars.toReversed()),
  'a whole row group of duplicates': barsFile([...bars.slice(0, 300), ...bars.slice(200, 300)], { rowGroupSize: 100 }),
}

/** `auto` is SNAPPY here, made by the engine; Node makes ZSTD. */
const CODECS = quickOrThorough<readonly EnrichSettings['codec'][]>(['auto', 'ZSTD'], CODEC_CHOICES)

describe('new columns that are read back', () => {
  for (const [what, file] of Object.entries(FILES)) {
    it(`have the computed values: ${what}`, async () => {
      for (const codec of CODECS) {
        const choices = DEFINITIONS.map((definition) => [{ definition, period: 14, multiplier: 3 }])
        for (const supertrends of quickOrThorough([SETS], [...choices, SETS])) {
          const plain = await enrichBytes(file, { codec, supertrends })
          const checked = await enrichBytes(file, { codec, supertrends, readBack: 1 })
          assert.equal(Buffer.compare(plain.output, checked.output), 0, `${codec}: the output is another`)
        }
      }
    })
  }
})

describe('a footer of more than a megabyte', () => {
  it('is read back', async () => {
    const file = barsFile(bars.slice(0, 1500), { rowGroupSize: 1 })
    const { output } = await enrichBytes(file, { readBack: 1 })
    assert.ok(output.length - file.length > 2 ** 20)
  })
})

/** @returns what was thrown, and how many of the pieces came before */
async function failure(file: Uint8Array, settings: Partial<EnrichSettings>, pages: ReturnType<typeof faultyPages>) {
  const enriched = await enrich(memorySource(file), { ...SETTINGS, readBack: 1, ...settings }, undefined, pages)
  const last: Uint8Array[] = []
  try {
    for await (const piece of enriched.bytes()) last[0] = piece.slice()
  } catch (error) {
    return { error, last: last[0] }
  } finally {
    enriched.close()
  }
  return { error: undefined, last: last[0] }
}

describe('a page that differs from the computed values', () => {
  for (const what of ['a usual file', 'duplicates', 'row groups of 7 rows'] as const) {
    for (const [how, change] of Object.entries({ flipped, miscoded })) {
      it(`is found, and the output never ends: ${what}, ${how}`, async () => {
        for (const codec of quickOrThorough<readonly EnrichSettings['codec'][]>(['ZSTD'], CODEC_CHOICES.slice(1))) {
          for (const [column, name] of NEW_COLUMNS.entries()) {
            const pages = faultyPages(column, change)
            // a band that has no value in a page has no byte to change
            if (what === 'row groups of 7 rows' && column === 1) continue
            const { error, last } = await failure(FILES[what]!, { codec }, pages)
            assert.ok(error instanceof ReadBackError && !(error instanceof RefusedError), `${codec} ${name}: ${error}`)
            assert.match(error.message, new RegExp(`^the new column "${name}" does not read back as computed: `))
            assert.match(error.message, /nothing is published.*--read-back off/)
            assert.notEqual(Buffer.from((last ?? []).slice(-4)).toString('latin1'), 'PAR1')
            assert.equal((await failure(FILES[what]!, { codec, readBack: 0 }, pages)).error, undefined)
          }
        }
      })
    }
  }

  it('is named with its rows', async () => {
    // after six pages of the first row group, the first page of the second one, rows 1,000 to 66,535: its last row
    const { error } = await failure(FILES['pages of 65,536 rows']!, { codec: 'UNCOMPRESSED' }, faultyPages(7, miscoded))
    assert.ok(error instanceof Error)
    assert.match(error.message, /"supertrend_lb".*at least one of the rows 65536 to 66559 \(the first is row 0\)/)
  })

  it('is found when its checksum is wrong, at which other readers stop', async () => {
    const unchecked = (page: Uint8Array) => {
      const header = new ThriftStruct(page)
      const others = [1, 2, 3].map(
        (more) => header.with({ [PAGE_HEADER.crc]: thrift.i32(header.integer(PAGE_HEADER.crc)! ^ more) }).raw,
      )
      const same = others.find((raw) => raw.length === header.end)!
      return concatBytes([same, page.subarray(header.end)])
    }
    const { error } = await failure(FILES['a usual file']!, {}, faultyPages(1, unchecked))
    assert.ok(error instanceof ReadBackError)
    assert.match(error.message, /"supertrend_lb".*the checksum of one of its pages is not that of its bytes/)
  })

  for (const [page, what] of [
    [0, 'a page of values'],
    [2, 'a page of indices'],
    [4, 'a dictionary'],
  ] as const) {
    it(`is found where it is damaged, at any byte of its header and some bytes after it: ${what}`, async () => {
      const missed: number[] = []
      let length = 60
      for (let at = 0; at < Math.min(60, length); at++) {
        const change = (page: Uint8Array) => {
          length = page.length
          page[at]! ^= 0x81
          return page
        }
        const { error } = await failure(FILES['a usual file']!, { codec: 'UNCOMPRESSED' }, faultyPages(page, change))
        // but for how levels are encoded, which readers know
        if (error === undefined) missed.push(at)
        else assert.ok(error instanceof ReadBackError, String(error))
      }
      assert.ok(missed.length <= 2, `bytes ${missed} of ${length}`)
    })
  }
})

/** 200 rows of random results, in two row groups, through a writer. */
async function readBackOf({
  results = (values: Results) => values,
  pieces = (bytes: BytePieces): BytePieces => bytes,
  meta = (described) => described.with({}),
}: {
  results?: (values: Results) => Results
  /** Makes the description of each chunk another one. */
  meta?: (described: ThriftStruct, column: number) => ThriftValue
  pieces?: (bytes: BytePieces) => BytePieces
}): Promise<Uint8Array[]> {
  const next = random(3)
  const values: Results = {
    line: Float32Array.from({ length: 200 }, () => next() * 100),
    orientation: Int8Array.from({ length: 200 }, (_, i) => (i < 10 ? 0 : next() < 0.5 ? -1 : 1)),
    segment: Int32Array.from({ length: 200 }, (_, i) => i),
  }
  const [upperBand, lowerBand, orientation, segment] = NEW_COLUMNS as [string, string, string, string]
  const writer = new SupertrendColumns([{ upperBand, lowerBand, orientation, segment }], 'SNAPPY', 200)
  const readBack = new ReadBack(writer)
  const tampered = {
    write: (given: readonly Results[], from: number, to: number) => writer.write(given.map(results), from, to),
    endRowGroup: () => writer.endRowGroup(),
  }
  const input = barsFile(bars.slice(0, 200), { rowGroupSize: 100 })
  const footer = await readFooter(memorySource(input), 2 ** 30)
  const alongside = digesting(tampered, readBack.computed, writer.keys)
  for (const from of [0, 100]) {
    alongside.write([values], from, from + 100)
    alongside.endRowGroup()
  }
  const described: PlacedColumns = {
    arrowFields: () => writer.arrowFields(),
    hasNulls: (column) => writer.hasNulls(column),
    replaces: (name) => writer.replaces(name),
    schemaElements: () => writer.schemaElements(),
    chunksAt: (group, offset, indexed) => {
      const placed = writer.chunksAt(group, offset, indexed)
      const columns = placed.columns.map(({ chunk, ...others }, column) => {
        const struct = asStruct(chunk)
        return {
          ...others,
          chunk: struct.with({ [COLUMN_CHUNK.metadata]: meta(struct.struct(COLUMN_CHUNK.metadata)!, column) }),
        }
      })
      return { ...placed, columns }
    },
  }
  const all: Uint8Array[] = []
  const output = readBack.checked(described, input.length, 2 ** 30, (placed) =>
    pieces(appendPlaced(footer, input.length, placed, { key: 'note', value: '{}' })),
  )
  for await (const piece of output) all.push(piece.slice())
  return all
}

describe('further columns', () => {
  const names = { atr: 'a', flip: 'f' }
  const further = (isOff: boolean) => ({
    atr: Float64Array.from({ length: 3000 }, (_, i) => 1 + i / 7 + (isOff && i === 2500 ? 2 ** -40 : 0)),
    flip: Uint8Array.from({ length: 3000 }, (_, i) => Number(i % 9 === 0)),
  })
  const results: Results = {
    line: new Float64Array(3000),
    orientation: Int8Array.from({ length: 3000 }, (_, i) => (i < 100 ? 0 : i % 18 < 9 ? -1 : 1)),
    segment: new Int32Array(3000),
    further: further(false),
  }
  /** @param written what is written, while the results are digested */
  async function readBackOfFurther(written: Results) {
    const shape = { isDouble: true, hasFurther: true }
    const writer = new SupertrendColumns([names], 'ZSTD', 3000, [], undefined, shape)
    const readBack = new ReadBack(writer)
    const instead = {
      write: (_: readonly Results[], from: number, to: number) => writer.write([written], from, to),
      endRowGroup: () => writer.endRowGroup(),
    }
    const alongside = digesting(instead, readBack.computed, writer.keys)
    alongside.write([results], 0, 1111)
    alongside.write([results], 1111, 3000)
    alongside.endRowGroup()
    const input = barsFile(someBars(3000), { rowGroupSize: 3000 })
    const footer = await readFooter(memorySource(input), 2 ** 30)
    const output = readBack.checked(writer, input.length, 2 ** 30, (placed) =>
      appendPlaced(footer, input.length, placed, { key: 'note', value: '{}' }),
    )
    for await (const _ of output);
  }

  it('pass as they are', () => readBackOfFurther(results))

  it('are compared bit for bit', async () => {
    await assert.rejects(
      readBackOfFurther({ ...results, further: further(true) }),
      /the new column "a" does not read back as computed: parquet-wasm decodes another value in at least one of the rows 2048 to 2559/,
    )
    const flip = further(false).flip.fill(1, 400, 402)
    await assert.rejects(
      readBackOfFurther({ ...results, further: { ...further(false), flip } }),
      /the new column "f" .* of the rows 0 to 1023/,
    )
  })
})

describe('an error between the results and the output', () => {
  const changed =
    (change: (copy: { -readonly [name in keyof Results]: Results[name] }) => void) => (given: Results) => {
      const copy = { line: given.line.slice(), orientation: given.orientation.slice(), segment: given.segment.slice() }
      change(copy)
      return copy
    }

  it('may cut the bytes as it likes', async () => {
    const whole = Buffer.concat(await readBackOf({}))
    const footerLength = whole.readUInt32LE(whole.length - 8) + 8
    for (const size of [1, 17, 1000]) {
      const pieces = function* (bytes: BytePieces): Generator<Uint8Array> {
        const all = Buffer.concat([...(bytes as Iterable<Uint8Array>)])
        const end = all.length - footerLength
        for (let at = 0; at < end; at += size) yield all.subarray(at, Math.min(end, at + size))
        yield all.subarray(end)
      }
      assert.equal(Buffer.compare(Buffer.concat(await readBackOf({ pieces })), whole), 0)
    }
  })

  const faults: Readonly<Record<string, (given: Results) => Results>> = {
    'one bit of a band': changed(({ line }) => {
      new Int32Array(line.buffer)[50]! ^= 1
    }),
    'a side that is another': changed(({ orientation }) => {
      orientation[50]! *= -1
    }),
    'a value that is gone': changed(({ orientation }) => {
      orientation[50] = 0
    }),
    'a value where there is none': changed(({ orientation }) => {
      orientation[5] = 1
    }),
    'a segment that is another': changed(({ segment }) => {
      segment[199]!++
    }),
    'rows that are exchanged': changed(({ segment }) => {
      segment.subarray(100, 102).reverse()
    }),
  }
  for (const [what, results] of Object.entries(faults)) {
    it(`is found when it changes a value: ${what}`, async () => {
      await assert.rejects(readBackOf({ results }), (error) => {
        assert.ok(error instanceof ReadBackError)
        assert.match(error.message, /in at least one of the rows 0 to 199 /)
        return true
      })
    })
  }

  it('is found when it changes the footer where it speaks of the new columns', async () => {
    const pieces = await readBackOf({})
    const footer = Buffer.from(pieces.at(-1)!)
    const places = NEW_COLUMNS.flatMap((name) => {
      const first = footer.indexOf(name)
      return [first, footer.indexOf(name, first + 1)].map((place) => [name, place] as const)
    })
    assert.equal(new Set(places.map(([, place]) => place)).size, 8)
    for (const [name, place] of places) {
      for (const at of [place, place - 2, place + name.length + 1]) {
        const damaged = function* (bytes: BytePieces): Generator<Uint8Array> {
          for (const piece of bytes as Iterable<Uint8Array>) {
            const copy = piece.slice()
            if (copy.length === footer.length && at < copy.length) copy[at]! ^= 2
            yield copy
          }
        }
        await assert.rejects(readBackOf({ pieces: damaged }), ReadBackError, `${name} at ${at}`)
      }
    }
  })

  /** What is thrown when the footer is another one. */
  const footerFault = (change: (meta: ThriftStruct) => Uint8Array, length = (bytes: Uint8Array) => bytes.length) => {
    const pieces = function* (bytes: BytePieces): Generator<Uint8Array> {
      const all = [...(bytes as Iterable<Uint8Array>)]
      yield* all.slice(0, -1)
      const footer = change(new ThriftStruct(all.at(-1)!.slice(0, -8)))
      yield concatBytes([footer, new Uint8Array(Int32Array.of(length(footer)).buffer), Buffer.from('PAR1')])
    }
    return readBackOf({ pieces })
  }
  const message = (pattern: RegExp) => (error: unknown) => {
    assert.ok(error instanceof ReadBackError)
    assert.match(error.message, pattern)
    return true
  }

  it('is found when the footer is not as long as the file states', async () => {
    await footerFault((meta) => meta.raw())
    for (const more of [-1, 1, 8, -8]) {
      const fault = footerFault(
        (meta) => meta.raw(),
        ({ length }) => length + more,
      )
      await assert.rejects(fault, message(/the footer is not as long as the file states/))
    }
  })

  it('is found when the footer has fewer or more row groups', async () => {
    for (const [count, pattern] of [
      [0, /the footer lacks row groups/],
      [1, /the footer lacks row groups/],
      [3, /"supertrend_ub".*the footer describes its chunk in row group 2 wrongly/],
    ] as const) {
      const fault = footerFault((meta) => {
        const groups = meta.list(FILE_METADATA.rowGroups)!
        const others = [...groups, ...groups].slice(0, count)
        return meta.with({
          [FILE_METADATA.numRows]: thrift.i64(100 * count),
          [FILE_METADATA.rowGroups]: thrift.list(others),
        }).raw
      })
      await assert.rejects(fault, message(pattern))
    }
  })

  it('is found when chunks are described with other counts than their pages have', async () => {
    for (const [field, what] of [
      [5, 'values'],
      [6, 'uncompressed bytes'],
    ] as const) {
      for (const more of [-1, 1]) {
        const meta = (described: ThriftStruct, column: number) =>
          described.with(column === 1 ? { [field]: thrift.i64(described.integer(field)! + more) } : {})
        const pattern = new RegExp(`"supertrend_lb".*its chunk states \\d+ ${what}; its pages have \\d+`)
        await assert.rejects(readBackOf({ meta }), message(pattern), `${what} ${more}`)
      }
    }
  })

  it('is found when the last page of a chunk is not whole', async () => {
    for (const more of [-1, -20, 1, 20]) {
      const meta = (described: ThriftStruct, column: number) =>
        described.with(
          column === 3
            ? {
                [COLUMN_META.totalCompressedSize]: thrift.i64(
                  described.integer(COLUMN_META.totalCompressedSize)! + more,
                ),
              }
            : {},
        )
      await assert.rejects(readBackOf({ meta }), message(/"st_trend_segment".*its last page is incomplete/), `${more}`)
    }
  })

  it('is found when it leaves out a page or the end', async () => {
    const without = (left: number) =>
      function* (bytes: BytePieces): Generator<Uint8Array> {
        const all = [...(bytes as Iterable<Uint8Array>)]
        yield* all.toSpliced(left, 1)
      }
    for (const left of [0, 3, -1]) await assert.rejects(readBackOf({ pieces: without(left) }), ReadBackError)
  })
})

describe('a share of the files', () => {
  it('is always of the same files, about as many as it says', async () => {
    const files = Array.from({ length: 60 }, (_, i) => barsFile(someBars(50, i + 1)))
    const isPicked = async (file: Uint8Array, readBack: number) =>
      (await failure(file, { readBack, codec: 'UNCOMPRESSED' }, faultyPages(3, miscoded))).error !== undefined
    const picked = async (readBack: number) => {
      const answers: boolean[] = []
      for (const file of files) answers.push(await isPicked(file, readBack))
      return answers
    }
    const [none, third, again, most, all] = [
      await picked(0),
      await picked(0.3),
      await picked(0.3),
      await picked(0.8),
      await picked(1),
    ]
    const count = (answers: readonly boolean[]) => answers.filter(Boolean).length
    assert.deepEqual(third, again)
    assert.ok(
      third!.every((is, i) => !is || most![i]),
      'a larger share has those of a smaller one',
    )
    assert.deepEqual([count(none!), count(all!)], [0, 60])
    assert.ok(count(third!) > 8 && count(third!) < 30, `${count(third!)} of 60`)
    assert.ok(count(most!) > 36 && count(most!) < 58, `${count(most!)} of 60`)
  })
})
