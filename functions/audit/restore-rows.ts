/**
 * Merges the enriched file and the file of removed rows into a file with all rows of the original, in its order and row groups,
 * without the new columns.
 */

import { newColumnNames } from '../enrich/new-columns.ts'
import { prepareZstd } from '../parquet/compression/zstd.ts'
import { REQUIRED } from '../parquet/format/enumerations.ts'
import { type Footer, readFooter } from '../parquet/format/footer.ts'
import type { TopField } from '../parquet/format/schema.ts'
import { nameForReaders } from '../parquet/write/added-columns.ts'
import { merge, type Subset } from '../parquet/write/merge.ts'
import { OutputFooter } from '../parquet/write/output-footer.ts'
import { misfit } from '../parquet/write/row-places.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import { RefusedError } from '../shared/errors.ts'
import { FOOTER_NOTE_KEY } from '../shared/names.ts'
import { type DroppedNote, differenceOf, type Note, readDroppedNote } from './read-note.ts'

const NO_COLUMNS = { arrowFields: () => [], hasNulls: () => false, replaces: () => false, schemaElements: () => [] }

/**
 * @param note of the enriched file
 * @returns a function that yields the bytes of the whole file; reading them throws when the two files turn out not to match
 * @throws RefusedError `not-enriched` when the two files are not from one call of `enrich`
 */
export async function restoredRows(
  enriched: { readonly source: ByteSource; readonly footer: Footer; readonly note: Note },
  dropped: ByteSource,
  memoryBudgetBytes: number,
): Promise<() => AsyncGenerator<Uint8Array>> {
  const footer = await readFooter(dropped, memoryBudgetBytes)
  const note = checkedNote(enriched.note, footer)
  const gained = gainedFields(enriched.footer, enriched.note)
  const gainedNames = new Set(gained.map(({ name }) => nameForReaders(name)))
  const { places, fields } = droppedFields(footer, note)
  const main = subsetOf(enriched.source, enriched.footer, enriched.footer.fields.slice(0, -gained.length))
  // a column with the name of a new one was replaced, so the enriched file no longer has it
  const placed = subsetOf(
    dropped,
    footer,
    fields.filter(({ name }) => !gainedNames.has(nameForReaders(name))),
  )
  if (!haveSameSchema(main.fields, placed.fields)) throw misfit('their columns differ')
  await prepareZstd(enriched.footer)
  return async function* () {
    const output = new OutputFooter(enriched.footer, NO_COLUMNS, gained)
    const length = yield* merge(main, { ...placed, places }, rowGroupsOf(note), output)
    yield* output.end(length, { key: FOOTER_NOTE_KEY })
  }
}

/** @throws RefusedError `not-enriched` */
export function checkedNote(enriched: Note, dropped: Footer): DroppedNote {
  const note = readDroppedNote(dropped)
  if (!note) {
    throw new RefusedError(
      'not-enriched',
      'the file given with --dropped has no note that it contains removed rows; allowed is one that enrich --dropped wrote',
    )
  }
  const difference = differenceOf(enriched, note)
  if (difference !== undefined) throw misfit(difference)
  return note
}

/** The new columns, which come last. */
function gainedFields({ fields }: Footer, { settings }: Note): readonly TopField[] {
  const names = newColumnNames(settings.supertrends, settings).flatMap((set) => Object.values(set))
  const gained = fields.slice(-names.length)
  if (names.join() !== gained.map(({ name }) => name).join()) throw misfit('the enriched file was rewritten')
  return gained
}

/** The columns of the removed rows, and the column of their row numbers. */
function droppedFields({ fields }: Footer, { rowColumns }: DroppedNote) {
  const [dropped, kept] = fields.slice(-2)
  const leaf = dropped?.leaves[0]
  const isThere = dropped?.name === rowColumns.dropped && kept?.name === rowColumns.kept
  if (!isThere || leaf?.type !== 'INT64' || leaf.nodes.length > 1 || leaf.nodes[0]!.repetition !== REQUIRED) {
    throw misfit('the file of the removed rows was rewritten')
  }
  return { places: leaf, fields: fields.slice(0, -2) }
}

function subsetOf(
  source: ByteSource,
  footer: Footer,
  fields: readonly TopField[],
): Subset & { fields: readonly TopField[] } {
  return { source, footer, fields, leaves: fields.flatMap((field) => field.leaves) }
}

function haveSameSchema(ours: readonly TopField[], theirs: readonly TopField[]): boolean {
  const elements = (fields: readonly TopField[]) =>
    fields.flatMap(({ nodes }) => nodes.map(({ element }) => Buffer.from(element.raw()).toString('hex')))
  return elements(ours).join() === elements(theirs).join()
}

function* rowGroupsOf({ rowGroups }: DroppedNote): Generator<number> {
  for (const [rows, groups] of rowGroups) for (let i = 0; i < groups; i++) yield rows
}
