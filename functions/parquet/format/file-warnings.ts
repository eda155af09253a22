/** Harmless faults of a file: they change nothing that is read or written, and are copied unchanged. */

/** The end of a message that begins with the name of the column or of the field. */
const WHAT = {
  encodings: 'the encodings that are stated are not those of the pages',
  'null-count': 'a chunk or a page states another number of nulls than it has',
  'repetition-levels': 'there are repetition levels, and nothing is repeated',
  'converted-type': 'the converted type 24, which pyarrow made up for columns of nulls, is no type of parquet',
  'decimal-scale': 'a decimal without a scale is one of scale 0; DuckDB, polars and parquet-rs do not open the file',
  'row-count': 'it states that there are no rows, and row groups that have some',
  'field-type': 'it is of an unexpected type and passed over',
} as const

export type FileWarningCode = keyof typeof WHAT

export const FILE_WARNING_CODES = Object.keys(WHAT) as FileWarningCode[]

export interface FileWarning {
  readonly code: FileWarningCode
  readonly message: string
}

/** Collects the faults of one file. The only thing about a footer that changes while the file is read. */
export class WarningCollector {
  /** By code, the places where it was found. */
  readonly #found = new Map<FileWarningCode, Set<string>>()

  /** @param place such as `column "high"`, safe to print */
  add(code: FileWarningCode, place: string): void {
    const places = this.#found.get(code) ?? new Set()
    this.#found.set(code, places.add(place))
  }

  /** One warning of each kind that was found, in a fixed order. */
  list(): FileWarning[] {
    return FILE_WARNING_CODES.flatMap((code) => {
      const [first, ...others] = [...(this.#found.get(code) ?? [])].sort()
      if (first === undefined) return []
      const more = others.length > 0 ? ` and ${others.length} more` : ''
      return [{ code, message: `${first}${more}: ${WHAT[code]}` }]
    })
  }
}
