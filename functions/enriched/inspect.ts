/** What is in a file, and what enriching it would do, without writing anything. */
import { valuesAt } from '../enrich/compare-duplicates.ts'
import { enrich } from '../enrich/enrich.ts'
import { type MarketFile, openMarketFile, openParquet, rolesOf } from '../enrich/market-file.ts'
import type { EnrichSettings } from '../enrich/settings.ts'
import { typeName } from '../market/column-values.ts'
import type { Conflict, Quality } from '../market/quality.ts'
import type { ByteSource } from '../parquet/byte-source.ts'
import { columnChunk, type Footer, rowGroup, type TopField } from '../parquet/footer.ts'
import { printable, RefusedError } from '../shared/errors.ts'
import { type Note, readNote } from './read-note.ts'

export interface InspectedColumn {
  readonly name: string
  readonly type: string
  readonly codec: string | null
  /** Compressed, of all row groups. */
  readonly bytes: number
  /** As time, open, high, low, close, volume, symbol or venue, and why it was taken for that. */
  readonly uses: readonly { readonly role: string; readonly reason: string }[]
}

/** Two rows of one time side by side. */
export interface ShownConflict extends Conflict {
  /** Of each differing column. */
  readonly values: Readonly<Record<string, { readonly kept: number | null; readonly dropped: number | null }>>
}

export interface Inspection {
  readonly bytes: number
  readonly rows: number
  readonly rowGroups: number
  readonly createdBy: string | null
  readonly columns: readonly InspectedColumn[]
  /** How it was made, if it is an enriched file. */
  readonly note: Note | null
  /** What enriching would report; null when it would be refused. */
  readonly quality: (Omit<Quality, 'conflicts'> & { readonly conflicts: readonly ShownConflict[] }) | null
  readonly layout: 'appended' | 'compacted' | null
  /** Of the enriched file. */
  readonly outputBytes: number | null
  /** Why it would be refused. */
  readonly problem: { readonly code: string; readonly message: string } | null
}

/** @throws RefusedError when not even its columns can be listed */
export async function inspect(
  input: ByteSource,
  settings: EnrichSettings,
  onRowsRead?: MarketFile['onRowsRead'],
): Promise<Inspection> {
  const { footer, descriptions } = await openParquet(input, settings.memoryBudgetBytes)
  let file: MarketFile | undefined
  let problem: Inspection['problem'] = null
  let outcome: Pick<Inspection, 'quality' | 'layout' | 'outputBytes'> = {
    quality: null,
    layout: null,
    outputBytes: null,
  }
  try {
    file = await openMarketFile(input, settings)
    outcome = await outcomeOf(input, file, settings, onRowsRead)
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    problem = { code: error.code, message: error.message }
  }
  const roles = file ? rolesOf(file) : []
  const createdBy = footer.meta.text(6)
  return {
    bytes: input.byteLength,
    rows: footer.rows,
    rowGroups: footer.rowGroups.length,
    createdBy: createdBy === undefined ? null : printable(createdBy),
    columns: descriptions.map((description, i) => {
      const uses = roles.flatMap(([role, column]) => (column === i ? [{ role, reason: reasonOf(role, settings) }] : []))
      const { name } = description
      return { name: printable(name), type: typeName(description), ...storage(footer, footer.fields[i]!), uses }
    }),
    note: readNote(footer) ?? null,
    ...outcome,
    problem,
  }
}

function reasonOf(role: string, { columns }: EnrichSettings): string {
  const named = role === 'timeOfDay' ? 'time' : role
  const isNamed = (columns as Record<string, string | undefined>)[named] !== undefined
  return isNamed ? `named by --${named}-column` : `its name is a usual one for ${role}`
}

function storage(footer: Footer, { leaves }: TopField): { codec: string | null; bytes: number } {
  let codec: string | null = null
  let bytes = 0
  for (let i = 0; i < footer.rowGroups.length; i++) {
    const group = rowGroup(footer, i)
    for (const leaf of leaves) {
      const chunk = columnChunk(footer, group, leaf)
      codec ??= chunk.codec
      bytes += chunk.end - chunk.start
    }
  }
  return { codec, bytes }
}

async function outcomeOf(
  input: ByteSource,
  file: MarketFile,
  settings: EnrichSettings,
  onRowsRead: MarketFile['onRowsRead'],
): Promise<Pick<Inspection, 'quality' | 'layout' | 'outputBytes'>> {
  const enriched = await enrich(input, settings, onRowsRead)
  try {
    const { quality, layout } = enriched
    let outputBytes = layout === 'appended' ? input.byteLength : 0
    for await (const piece of enriched.bytes()) outputBytes += piece.length
    return { quality: { ...quality, conflicts: await sideBySide(file, quality.conflicts) }, layout, outputBytes }
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
