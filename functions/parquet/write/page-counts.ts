/** The encodings of a chunk's pages, as its metadata states them. */
import { RLE } from '../format/enumerations.ts'
import { COLUMN_META, PAGE_ENCODING_STATS } from '../format/fields.ts'
import { type ThriftValue, thrift } from '../format/thrift.ts'

interface PageCount {
  readonly kind: number
  readonly encoding: number
  count: number
}

export class PageCounts {
  /** Few: a map would take more memory for each chunk of a file with very many. */
  #counts: PageCount[] = []

  add({ kind, encoding }: { readonly kind: number; readonly encoding: number }): void {
    const known = this.#counts.find((each) => each.kind === kind && each.encoding === encoding)
    if (known) known.count++
    else this.#counts.push({ kind, encoding, count: 1 })
  }

  /** No pages follow: frees the room for more of them. */
  end(): void {
    this.#counts = this.#counts.slice()
  }

  /** Fields of the ColumnMetaData struct. RLE is the encoding of the levels. */
  fields(): Record<number, ThriftValue> {
    const counts = this.#counts
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
