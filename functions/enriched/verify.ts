/**
 * The proof that an enriched file is what it says: everything of the original is in it, and its values come out again when
 * they are computed anew with the settings that it states.
 */
import { type Enriched, examine } from '../enrich/enrich.ts'
import { CODEC_CHOICES, DEFAULT_JUDGEMENT, type EnrichSettings } from '../enrich/settings.ts'
import type { Warning } from '../market/warnings.ts'
import { type ByteSource, followedBy } from '../parquet/byte-source.ts'
import {
  columnChunk,
  type Footer,
  isRepeated,
  type Leaf,
  leavesOf,
  pathOf,
  readFooter,
  rowGroup,
} from '../parquet/footer.ts'
import { printable, quoted, RefusedError } from '../shared/errors.ts'
import { VERSION } from '../shared/names.ts'
import { firstDifference } from './compare-columns.ts'
import { footerProblems } from './compare-footers.ts'
import { type Note, readNote } from './read-note.ts'

export interface Verification {
  readonly holds: boolean
  /** What does not hold, and where; empty when everything does. */
  readonly problems: readonly string[]
  /** `same`: byte for byte what is written today from the original. `other`: written by another program or version. */
  readonly bytes: 'same' | 'other' | null
  /** As the file states them; null when it does not. */
  readonly settings: Note['settings'] | null
  readonly rowsRead: number | null
  readonly rowsWritten: number | null
  readonly duplicatesDropped: number | null
  /** What enriching the original warns of. */
  readonly warnings: readonly Warning[]
  /** Columns whose values were compared one by one. */
  readonly columnsCompared: readonly string[]
  /** Nested columns of a file that lost rows: what is left of them is written as today, which is all that is known. */
  readonly columnsNotCompared: readonly string[]
}

/** A whole file written from pieces, to be read at any place. */
export type Spool = (pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) => Promise<SpooledFile>

interface SpooledFile extends ByteSource {
  close(): Promise<void>
}

/**
 * @param spool where a file is put that has to be compared column by column
 * @throws RefusedError when the original cannot be enriched; whatever is wrong with the enriched file is in the result
 */
export async function verify(
  original: ByteSource,
  enriched: ByteSource,
  memoryBudgetBytes: number,
  spool: Spool,
): Promise<Verification> {
  await readFooter(original, memoryBudgetBytes)
  let note: Note | undefined
  let footer: Footer
  let codec: EnrichSettings['codec']
  try {
    footer = await readFooter(enriched, memoryBudgetBytes)
    note = readNote(footer)
    if (!note) return failed(undefined, 'the file does not say that it was made by parquet-supertrend')
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
    const { rowsRead, rowsWritten, duplicatesDropped } = expected.quality
    const counted = { rowsRead, rowsWritten, duplicatesDropped }
    const problems = Object.entries(counted).flatMap(([name, value]) =>
      note[name as keyof typeof counted] === value
        ? []
        : [`it states ${name} ${note[name as keyof typeof counted]}; it is ${value}`],
    )
    const whole = () => (expected.layout === 'appended' ? followedBy(original, expected.bytes()) : expected.bytes())
    const isSame = await isEqual(enriched, whole())
    const compared: string[] = []
    const notCompared: string[] = []
    if (!isSame || expected.layout === 'compacted') {
      if (!isSame) {
        recomputed = await spool(whole())
        const written = await readFooter(recomputed, memoryBudgetBytes)
        problems.push(...footerProblems(footer, written, note.version === VERSION))
      }
      problems.push(
        ...(await compareValues(
          { original, enriched, recomputed, expected },
          memoryBudgetBytes,
          compared,
          notCompared,
        )),
      )
    }
    return {
      holds: problems.length === 0,
      problems,
      bytes: isSame ? 'same' : 'other',
      settings: note.settings,
      ...counted,
      warnings: expected.quality.warnings,
      columnsCompared: compared,
      columnsNotCompared: notCompared,
    }
  } finally {
    await recomputed?.close()
    expected.close()
  }
}

function settingsOf({ settings }: Note, codec: EnrichSettings['codec'], memoryBudgetBytes: number): EnrichSettings {
  return { ...DEFAULT_JUDGEMENT, ...settings, codec, memoryBudgetBytes }
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
  }
}

interface Files {
  readonly original: ByteSource
  readonly enriched: ByteSource
  /** What is written today; undefined when the enriched file is that. */
  readonly recomputed: ByteSource | undefined
  readonly expected: Pick<Enriched, 'dropped' | 'newColumns' | 'replacedColumns'>
}

/** The columns of the original against the rows that it kept, the new ones against what is computed today. */
async function compareValues(
  { expected: { dropped, newColumns, replacedColumns }, ...files }: Files,
  memoryBudgetBytes: number,
  compared: string[],
  notCompared: string[],
): Promise<string[]> {
  const problems: string[] = []
  const open = async (source: ByteSource) => ({ source, footer: await readFooter(source, memoryBudgetBytes) })
  const isOf =
    (names: readonly string[]) =>
    ([, leaf]: readonly [string, Leaf]) =>
      names.includes(leaf.nodes[0]!.name)
  const [isReplaced, isNew] = [isOf(replacedColumns), isOf(newColumns)]
  const original = await open(files.original)
  const recomputed = files.recomputed && (await open(files.recomputed))
  const columns = [
    ...[...leavesByPath(original.footer)]
      .filter((entry) => !isReplaced(entry))
      .map((entry) => ({ entry, of: original, dropped })),
    ...(recomputed
      ? [...leavesByPath(recomputed.footer)]
          .filter(isNew)
          .map((entry) => ({ entry, of: recomputed, dropped: undefined }))
      : []),
  ]
  const enriched = await open(files.enriched)
  const leaves = leavesByPath(enriched.footer)
  for (const {
    entry: [path, leaf],
    of,
    dropped,
  } of columns) {
    const name = `column ${quoted(pathOf(leaf))}`
    const theirs = leaves.get(path)
    if (!theirs) problems.push(`${name} is missing`)
    else if (theirs.type !== leaf.type || theirs.typeLength !== leaf.typeLength) {
      problems.push(`${name} is ${theirs.type}; it was ${leaf.type}`)
    } else if (leaf.nodes.length > 1 || isRepeated(leaf)) {
      notCompared.push(printable(pathOf(leaf)))
      if (recomputed) problems.push(`${name} is nested and was written anew, which is not compared`)
    } else {
      compared.push(printable(pathOf(leaf)))
      try {
        const row = await firstDifference({ ...of, leaf }, { ...enriched, leaf: theirs }, dropped)
        if (row !== undefined) problems.push(`${name} differs in row ${row} (the first is row 0)`)
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error
        problems.push(error.message)
      }
    }
  }
  return problems
}

/** By path, and by number where several have the same. */
function leavesByPath(footer: Footer): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>()
  for (const leaf of leavesOf(footer)) {
    let key = pathOf(leaf)
    for (let twin = 2; leaves.has(key); twin++) key = `${pathOf(leaf)} ${twin}`
    leaves.set(key, leaf)
  }
  return leaves
}

/** The codec of the new columns, which come last. */
function newCodec(footer: Footer): EnrichSettings['codec'] {
  const leaf = leavesOf(footer).at(-1)
  if (!leaf || footer.rowGroups.length === 0) return 'auto'
  const { codec } = columnChunk(footer, rowGroup(footer, 0), leaf)
  return CODEC_CHOICES.find((choice) => choice === codec) ?? 'auto'
}

async function isEqual(source: ByteSource, pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<boolean> {
  let at = 0
  for await (const piece of pieces) {
    if (at + piece.length > source.byteLength) return false
    const theirs = await source.slice(at, at + piece.length)
    if (Buffer.compare(piece, theirs) !== 0) return false
    at += piece.length
  }
  return at === source.byteLength
}
