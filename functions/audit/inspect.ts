/** Describes a file and the result of enriching it, without writing anything. */

import { valuesAt } from '../enrich/conflicts/compare-duplicates.ts'
import { examine } from '../enrich/enrich.ts'
import { type MarketFile, openMarketFile, openParquet, rolesOf } from '../enrich/market-file.ts'
import type { EnrichSettings } from '../enrich/settings.ts'
import { typeName } from '../market/column-values.ts'
import { columnNames } from '../market/named-columns.ts'
import type { Conflict, Quality } from '../market/quality/quality.ts'
import { columnChunk, rowGroup } from '../parquet/format/column-chunk.ts'
import type { Compression } from '../parquet/format/enumerations.ts'
import { FILE_METADATA } from '../parquet/format/fields.ts'
import type { Footer } from '../parquet/format/footer.ts'
import type { Leaf } from '../parquet/format/schema.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import { printable, type RefusalCode, RefusedError } from '../shared/errors.ts'
import { type InspectedCarry, inspectCarry } from './inspect-carry.ts'
import { type Note, readNote } from './read-note.ts'
import { readerLimits } from './reader-limits.ts'

interface InspectedColumn {
  /** Its unique name, as used in options and settings. */
  readonly name: string
  readonly type: string
  readonly codec: string | null
  /** Compressed, of all row groups. */
  readonly bytes: number
  /** The roles for which it is used (time, open, high, low, close, volume, symbol, venue, key2, ...), and why. */
  readonly uses: readonly { readonly role: string; readonly reason: string }[]
}

/** Two rows of one time, side by side. */
interface ShownConflict extends Conflict {
  /** Both values of each column that differs. */
  readonly values: Readonly<Record<string, { readonly kept: number | null; readonly dropped: number | null }>>
}

export interface Inspection {
  readonly bytes: number
  readonly rows: number
  readonly rowGroups: number
  readonly createdBy: string | null
  readonly columns: readonly InspectedColumn[]
  /** Parts of the file that common readers cannot read, one sentence each. */
  readonly limits: readonly string[]
  /** The footer note, if it is an enriched file. */
  readonly note: Note | null
  /** Null for a file that neither continues others nor lets others continue. */
  readonly carry: InspectedCarry | null
  /** The report that enriching would give; null when the file cannot be read to its end. */
  readonly quality: (Omit<Quality, 'conflicts'> & { readonly conflicts: readonly ShownConflict[] }) | null
  readonly layout: 'appended' | 'compacted' | null
  /** Size of the enriched file. */
  readonly outputBytes: number | null
  /** The reason why enriching would be refused. */
  readonly problem: { readonly code: RefusalCode; readonly message: string } | null
}

/** The properties that only an enrichment gives. */
type Result = Pick<Inspection, 'quality' | 'layout' | 'outputBytes'>

/** @throws RefusedError when not even its columns can be listed */
export async function inspect(
  input: ByteSource,
  settings: EnrichSettings,
  onRowsRead?: MarketFile['onRowsRead'],
): Promise<Inspection> {
  const { footer, descriptions, leaves } = await openParquet(input, settings.memoryBudgetBytes)
  let file: MarketFile | undefined
  let problem: Inspection['problem'] = null
  let result: Result = {
    quality: null,
    layout: null,
    outputBytes: null,
  }
  try {
    file = await openMarketFile(input, settings)
    const { refusal, ...found } = await resultOf(input, file, settings, onRowsRead)
    result = found
    if (refusal) throw refusal
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    problem = { code: error.code, message: error.message }
  }
  const roles = file ? rolesOf(file) : []
  const names = columnNames(descriptions)
  const stored = descriptions.map((_, i) => ({ name: printable(names[i]!), ...storage(footer, leaves[i]!) }))
  const note = readNote(footer)
  const createdBy = footer.meta.text(FILE_METADATA.createdBy)
  return {
    bytes: input.byteLength,
    rows: footer.rows,
    rowGroups: footer.rowGroups.length,
    createdBy: createdBy === undefined ? null : printable(createdBy),
    columns: descriptions.map((description, i) => {
      const uses = roles.flatMap(([role, column]) =>
        column === i ? [{ role, reason: roleReason(role, settings) }] : [],
      )
      const { name, compressions, bytes } = stored[i]!
      const [codec = null] = compressions
      return { name, type: typeName(description), codec, bytes, uses }
    }),
    limits: readerLimits(stored),
    note: note ?? null,
    carry: await inspectCarry(input, note, settings.memoryBudgetBytes),
    ...result,
    problem,
  }
}

function roleReason(role: string, { columns }: EnrichSettings): string {
  const named = role === 'timeOfDay' ? 'time' : role
  const isNamed = (columns as Record<string, string | undefined>)[named] !== undefined
  return isNamed ? `named by --${named}-column` : `its name is a usual one for ${role}`
}

/** The compressions of a column in the order in which they first occur, and its compressed bytes. */
function storage(footer: Footer, leaves: readonly Leaf[]): { compressions: ReadonlySet<Compression>; bytes: number } {
  const compressions = new Set<Compression>()
  let bytes = 0
  for (let i = 0; i < footer.rowGroups.length; i++) {
    const group = rowGroup(footer, i)
    for (const leaf of leaves) {
      const chunk = columnChunk(footer, group, leaf)
      compressions.add(chunk.compression)
      bytes += chunk.end - chunk.start
    }
  }
  return { compressions, bytes }
}

async function resultOf(
  input: ByteSource,
  file: MarketFile,
  settings: EnrichSettings,
  onRowsRead: MarketFile['onRowsRead'],
): Promise<Result & { readonly refusal: RefusedError | undefined }> {
  const { enriched, refusal } = await examine(input, settings, onRowsRead)
  try {
    const { quality, layout } = enriched
    let outputBytes = layout === 'appended' ? input.byteLength : 0
    for await (const piece of enriched.bytes()) outputBytes += piece.length
    return {
      quality: { ...quality, conflicts: await sideBySide(file, quality.conflicts) },
      layout,
      outputBytes,
      refusal,
    }
  } finally {
    enriched.close()
  }
}

async function sideBySide(file: MarketFile, conflicts: readonly Conflict[]): Promise<ShownConflict[]> {
  const columns = Object.fromEntries(rolesOf(file))
  const rows = Uint32Array.from(new Set(conflicts.flatMap(({ row, keptRow }) => [row, keptRow]))).sort()
  const shown: ShownConflict[] = []
  for (const conflict of conflicts) {
    const values: Record<string, { kept: number | null; dropped: number | null }> = {}
    for (const role of conflict.columns) {
      const column = await valuesAt(file, columns[role]!, rows)
      values[role] = { kept: column.valueAt(conflict.keptRow), dropped: column.valueAt(conflict.row) }
    }
    shown.push({ ...conflict, values })
  }
  return shown
}
