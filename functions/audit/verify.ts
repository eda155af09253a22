/**
 * Proves an enriched file: it has all rows and columns of the original, and computing again with the settings that it states
 * gives the same values.
 */
import { type Enriched, examine } from '../enrich/enrich.ts'
import { CODEC_CHOICES, DEFAULT_JUDGEMENT, type EnrichSettings } from '../enrich/settings.ts'
import { columnChunk, rowGroup } from '../parquet/format/column-chunk.ts'
import { type Footer, leavesOf, readFooter } from '../parquet/format/footer.ts'
import { type ByteSource, piecesBetween, wholeOutput } from '../shared/byte-source.ts'
import { RefusedError } from '../shared/errors.ts'
import { VERSION } from '../shared/names.ts'
import { footerProblems } from './compare-footers.ts'
import { compareValues, isEqual, uncomparedProblems } from './compare-values.ts'
import { type Note, notEnrichedReason, readNote } from './read-note.ts'
import { originalBytes } from './restore.ts'
import { readAgain } from './second-reading.ts'
import type { Spool, SpooledFile, Verification } from './verification.ts'
import { type OpenCarry, statedCarry, stateProblems } from './verify-carry.ts'
import { verifyDropped } from './verify-dropped.ts'

/** Files that belong to the enriched one. */
export interface Beside {
  /** The file of the rows that were removed. */
  readonly dropped?: ByteSource | undefined
  /** The state from which the file continues. */
  readonly after?: OpenCarry | undefined
  /** Called while the original is computed, then while each of the columns is read again by another reader. */
  readonly onProgress?: ((done: number, total: number, unit: 'rows' | 'columns') => void) | undefined
}

/**
 * @param spool stores a file that has to be compared column by column
 * @throws RefusedError when the original cannot be enriched; faults of the enriched file are in the result
 */
export async function verify(
  original: ByteSource,
  enriched: ByteSource,
  memoryBudgetBytes: number,
  spool: Spool,
  { dropped, after, onProgress }: Beside = {},
): Promise<Verification> {
  await readFooter(original, memoryBudgetBytes)
  const stated = await statedBy(enriched, original.byteLength, memoryBudgetBytes)
  if ('problem' in stated) return failed(stated.note, stated.problem)
  const { note } = stated
  const { carry, problem } = await statedCarry(note, after)
  if (problem !== undefined) return failed(note, problem)
  const settings = notedSettings(stated, memoryBudgetBytes)
  const { enriched: expected } = await examine(original, settings, rowsTo(onProgress), undefined, carry)
  let recomputed: SpooledFile | undefined
  try {
    const isSame = await isEqual(enriched, wholeOutput(original, expected))
    if (!isSame) recomputed = await spool(wholeOutput(original, expected))
    const { removed: missing, newColumns, replacedColumns } = expected
    const compared = { original, recomputed, missing, newColumns, replacedColumns }
    // the rows of an appended file with the expected bytes are the original's bytes
    const values =
      isSame && expected.layout === 'appended'
        ? undefined
        : await compareValues({ ...compared, file: enriched }, memoryBudgetBytes)
    const again = await readAgain({ ...compared, enriched }, memoryBudgetBytes, onProgress)
    const ofDropped = dropped && (await verifyDropped({ original, dropped, note, expected }, memoryBudgetBytes, spool))
    const notCompared = (values?.notCompared ?? []).filter((name) => !again.result.columnsCompared.includes(name))
    const problems = [
      ...countProblems(note, expected),
      ...(recomputed ? await rewrittenProblems({ original, enriched, recomputed }, stated, memoryBudgetBytes) : []),
      ...(values?.problems ?? []),
      ...(recomputed ? uncomparedProblems(notCompared) : []),
      ...(await stateProblems(enriched, note, expected.state, memoryBudgetBytes)),
      ...again.problems,
      ...(ofDropped?.problems ?? []),
    ]
    return {
      holds: problems.length === 0,
      problems,
      bytes: isSame ? 'same' : 'other',
      settings: note.settings,
      ...expectedCounts(expected),
      warnings: expected.quality.warnings,
      columnsCompared: values?.compared ?? [],
      columnsNotCompared: notCompared,
      secondReading: again.result,
      dropped: ofDropped?.result ?? null,
    }
  } finally {
    await recomputed?.close()
    expected.close()
  }
}

function rowsTo(onProgress: Beside['onProgress']) {
  return onProgress && ((done: number, total: number) => onProgress(done, total, 'rows'))
}

/** The enriched file's own statements about itself. */
interface Stated {
  readonly footer: Footer
  readonly note: Note
  readonly codec: EnrichSettings['codec']
}

async function statedBy(
  enriched: ByteSource,
  originalLength: number,
  memoryBudgetBytes: number,
): Promise<Stated | { readonly problem: string; readonly note: Note | undefined }> {
  let note: Note | undefined
  try {
    const footer = await readFooter(enriched, memoryBudgetBytes)
    note = readNote(footer)
    if (!note) return { problem: notEnrichedReason(footer), note }
    const codec = newCompression(footer)
    if (note.sourceBytes === originalLength) return { footer, note, codec }
    const sizes = `${note.sourceBytes} bytes; the original given has ${originalLength}`
    return { problem: `it was made from a file of ${sizes}`, note }
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    return { problem: error.message, note }
  }
}

function expectedCounts({ quality: { rowsRead, rowsWritten, duplicatesDropped } }: Pick<Enriched, 'quality'>) {
  return { rowsRead, rowsWritten, duplicatesDropped }
}

function countProblems(note: Note, expected: Pick<Enriched, 'quality'>): string[] {
  const counts = expectedCounts(expected)
  return Object.entries(counts).flatMap(([name, value]) => {
    const stated = note[name as keyof typeof counts]
    return stated === value ? [] : [`it states ${name} ${stated}; it is ${value}`]
  })
}

/** Problems of a file that is not, byte for byte, as it is written today. */
async function rewrittenProblems(
  { original, enriched, recomputed }: { original: ByteSource; enriched: ByteSource; recomputed: ByteSource },
  { footer, note }: Stated,
  memoryBudgetBytes: number,
): Promise<string[]> {
  const written = await readFooter(recomputed, memoryBudgetBytes)
  const problems = footerProblems(footer, written, note.version === VERSION)
  if (note.duplicatesDropped > 0) return problems
  // where restore takes the beginning of the file for the original, it has to be the original, byte for byte
  let length: number
  try {
    length = await originalBytes(enriched, footer, note, memoryBudgetBytes)
  } catch (error) {
    // another program has rewritten the file; restore refuses it
    if (error instanceof RefusedError) return problems
    throw error
  }
  if (await isEqual(original, piecesBetween(enriched, 0, length))) return problems
  return [...problems, `its first ${length} bytes, which restore takes for the original, are not those of the original`]
}

export function notedSettings(
  { note: { settings }, codec }: Pick<Stated, 'note' | 'codec'>,
  memoryBudgetBytes: number,
): EnrichSettings {
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

/** The compression of the new columns, which come last. */
export function newCompression(footer: Footer): EnrichSettings['codec'] {
  const leaf = leavesOf(footer).at(-1)
  if (!leaf || footer.rowGroups.length === 0) return 'auto'
  const { compression } = columnChunk(footer, rowGroup(footer, 0), leaf)
  return CODEC_CHOICES.find((choice) => choice === compression) ?? 'auto'
}
