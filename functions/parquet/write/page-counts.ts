/** The encodings of a chunk's pages, as its metadata states them. */
import { RLE } from '../format/enumerations.ts'
import { COLUMN_META, PAGE_ENCODING_STATS } from '../format/fields.ts'
import { type ThriftValue, thrift } from '../format/thrift.ts'

export class PageCounts {
  readonly #counts = new Map<string, { readonly kind: number; readonly encoding: number; count: number }>()

  add({ kind, encoding }: { readonly kind: number; readonly encoding: number }): void {
    const key = `${kind} ${encoding}`
    const known = this.#counts.get(key)
    if (known) known.count++
    else this.#counts.set(key, { kind, encoding, count: 1 })
  }

  /** Fields of the ColumnMetaData struct. RLE is the encoding of the levels. */
  fields(): Record<number, ThriftValue> {
    const counts = [...this.#counts.values()]
    const encodings = new Set([...counts.map(({ encoding }) => encoding), RLE])
    const stats = counts.map(({ kind, encoding, count }) =>
      thrift.struct({
        [PAGE_ENCODING_STATS.pageType]: thrift.i32(kind),
        [PAGE_ENCODING_STATS.encoding]: thrift.i32(encoding),
        [PAGE_ENCODING_STATS.count]: thrift.i32(count),
      }),
    )
    return {
      [COLUMN_META.encodings]: thrift.list([...encodings].sort((a, b) => a - b).map((each) => thrift.i32(each))),
      [COLUMN_META.encodingStats]: thrift.list(stats),
    }
  }
}
