/**
 * The proof that an enriched file is what it says: everything of the original is in it, and its values come out again when
 * they are computed anew with the settings that it states.
 */

import { examine } from '../enrich/enrich.ts'
import { CODEC_CHOICES, DEFAULT_JUDGEMENT, type EnrichSettings } from '../enrich/settings.ts'
import { columnChunk, rowGroup } from '../parquet/format/column-chunk.ts'
import { type Footer, leavesOf, readFooter } from '../parquet/format/footer.ts'
import { type ByteSource, followedBy, piecesBetween } from '../shared/byte-source.ts'
import { RefusedError } from '../shared/errors.ts'
import { VERSION } from '../shared/names.ts'
import { footerProblems } from './compare-footers.ts'
import { compareValues, isEqual, type ValueComparison } from './compare-values.ts'
import { type Note, notEnrichedReason, readNote } from './read-note.ts'
import { originalBytes } from './restore.ts'
import { readAgain } from './second-reading.ts'
import type { Spool, SpooledFile, Verification } from './verification.ts'
import { verifyDropped } from './verify-dropped.ts'

/**
 * @param spool where a file is put that has to be compared column by column
 * @param dropped the file of the rows that were dropped
 * @throws RefusedError when the original cannot be enriched; whatever is wrong with the enriched file is in the result
 */
export async function verify(
  original: ByteSource,
  enriched: ByteSource,
  memoryBudgetBytes: number,
  spool: Spool,
  dropped?: ByteSource,
): Promise<Verification> {
  await readFooter(original, memoryBudgetBytes)
  let note: Note | undefined
  let footer: Footer
  let codec: EnrichSettings['codec']
  try {
    footer = await readFooter(enriched, memoryBudgetBytes)
    note = readNote(footer)
    if (!note) return failed(undefined, notEnrichedReason(footer))
    codec = newCodec(footer)
    if (note.sourceBytes !== original.byteLength) {
      const sizes = `${note.sourceBytes} bytes; the original given has ${original.byteLength}`
      return failed(note, `it was made of a file of ${sizes}`)
    }
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    return failed(note, error.message)
  }
  let recomputed: SpooledFile | undefined
  const expected = (await examine(original, settingsOf(note, codec, memoryBudgetBytes))).enriched
  try {
    const { dropped: missing, newColumns, replacedColumns } = expected
    const { rowsRead, rowsWritten, duplicatesDropped } = expected.quality
    const counted = { rowsRead, rowsWritten, duplicatesDropped }
    const problems = Object.entries(counted).flatMap(([name, value]) =>
      note[name as keyof typeof counted] === value
        ? []
        : [`it states ${name} ${note[name as keyof typeof counted]}; it is ${value}`],
    )
    const whole = () => (expected.layout === 'appended' ? followedBy(original, expected.bytes()) : expected.bytes())
    const isSame = await isEqual(enriched, whole())
    let values: ValueComparison | undefined
    if (!isSame || expected.layout === 'compacted') {
      if (!isSame) {
        recomputed = await spool(whole())
        const written = await readFooter(recomputed, memoryBudgetBytes)
        problems.push(...footerProblems(footer, written, note.version === VERSION))
        problems.push(...(await restoreProblems(original, enriched, footer, note, memoryBudgetBytes)))
      }
      values = await compareValues(
        { original, file: enriched, recomputed, missing, newColumns, replacedColumns },
        memoryBudgetBytes,
      )
      problems.push(...values.problems)
    }
    const again = await readAgain(
      { original, enriched, recomputed, missing, newColumns, replacedColumns },
      memoryBudgetBytes,
    )
    problems.push(...again.problems)
    const ofDropped = dropped && (await verifyDropped(original, dropped, note, expected, memoryBudgetBytes, spool))
    problems.push(...(ofDropped?.problems ?? []))
    return {
      holds: problems.length === 0,
      problems,
      bytes: isSame ? 'same' : 'other',
      settings: note.settings,
      ...counted,
      warnings: expected.quality.warnings,
      columnsCompared: values?.compared ?? [],
      columnsNotCompared: (values?.notCompared ?? []).filter((name) => !again.result.columnsCompared.includes(name)),
      secondReading: again.result,
      dropped: ofDropped?.result ?? null,
    }
  } finally {
    await recomputed?.close()
    expected.close()
  }
}

/** Where restore would take the beginning of the file for the original, it has to be that, byte for byte. */
async function restoreProblems(
  original: ByteSource,
  enriched: ByteSource,
  footer: Footer,
  note: Note,
  memoryBudgetBytes: number,
): Promise<string[]> {
  if (note.duplicatesDropped > 0) return []
  let length: number
  try {
    length = await originalBytes(enriched, footer, note, memoryBudgetBytes)
  } catch (error) {
    // another program has written it anew, and restore says so
    if (error instanceof RefusedError) return []
    throw error
  }
  if (await isEqual(original, piecesBetween(enriched, 0, length))) return []
  return [`its first ${length} bytes, which restore takes for the original, are not those of the original`]
}

function settingsOf({ settings }: Note, codec: EnrichSettings['codec'], memoryBudgetBytes: number): EnrichSettings {
  return { ...DEFAULT_JUDGEMENT, ...settings, codec, readBack: 1, memoryBudgetBytes }
}

function failed(note: Note | undefined, problem: string): Verification {
  return {
    holds: false,
    problems: [problem],
    bytes: null,
    settings: note?.settings ?? null,
    rowsRead: note?.rowsRead ?? null,
    rowsWritten: note?.rowsWritten ?? null,
    duplicatesDropped: note?.duplicatesDropped ?? null,
    warnings: [],
    columnsCompared: [],
    columnsNotCompared: [],
    secondReading: null,
    dropped: null,
  }
}

/** The codec of the new columns, which come last. */
function newCodec(footer: Footer): EnrichSettings['codec'] {
  const leaf = leavesOf(footer).at(-1)
  if (!leaf || footer.rowGroups.length === 0) return 'auto'
  const { compression } = columnChunk(footer, rowGroup(footer, 0), leaf)
  return CODEC_CHOICES.find((choice) => choice === compression) ?? 'auto'
}
