/** The columns that an output gains. */
import type { ArrowField } from '../format/arrow-ipc.ts'
import type { Indexed } from '../format/page-index.ts'
import type { ThriftValue } from '../format/thrift.ts'
import type { PlacedChunks } from './new-chunk.ts'

/** Columns that the output gains, as the footer describes them. */
export interface AddedColumns {
  arrowFields(): ArrowField[]
  /** One SchemaElement struct for each. */
  schemaElements(): ThriftValue[]
  /** Whether any row has no value in a column. */
  hasNulls(column: number): boolean
  /** Whether they replace a column of the input with this name, in upper or lower case. */
  replaces(name: string): boolean
}

/** Columns with equal names for readers are one column to DuckDB, Athena and Spark: they ignore the case. */
export function nameForReaders(name: string): string {
  return name.toLowerCase()
}

/** New columns with their column chunks. */
export interface PlacedColumns extends AddedColumns {
  /**
   * The chunks of a row group.
   * @param offset of the first one in the file
   * @param indexed the page indexes of each new column
   */
  chunksAt(group: number, offset: number, indexed: Indexed): PlacedChunks
}
