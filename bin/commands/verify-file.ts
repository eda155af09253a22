/** Verifies one enriched file of the command line. */
import path from 'node:path'
import type { Spool, Verification } from '../../functions/audit/verification.ts'
import type { Beside } from '../../functions/audit/verify.ts'
import type { ColumnChoices } from '../../functions/market/named-columns.ts'
import { openLocalFile } from '../../functions/storage/local-file.ts'
import { writeLocalFile } from '../../functions/storage/staged-file.ts'
import { carryFrom } from '../cli/carry-options.ts'
import type { InputFile } from '../cli/input-file.ts'
import { openInput } from '../cli/locations.ts'
import { ProgressBar } from '../cli/progress-bar.ts'
import { printWarnings } from '../cli/run-command.ts'
import { counted, withSeparators } from '../cli/table.ts'
import { temporaryFolder } from '../cli/temporary-folder.ts'

const VERIFICATION_FAILED = 3

export interface VerifiedFile {
  readonly original: string
  readonly enriched: string
  readonly dropped?: string | undefined
  /** The enriched files before, the newest first; undefined for a file that continues none. */
  readonly after?: readonly string[] | undefined
  /** Earlier files with rows that are searched for repeated bars. */
  readonly lookBack?: number | undefined
}

/**
 * Prints the result, and sets the exit code if verification fails.
 * @param summary the text for people
 * @returns whether the file holds
 */
export async function verifyFile(
  names: VerifiedFile,
  memoryBudgetBytes: number,
  json: boolean,
  summary = verifySummary,
): Promise<boolean> {
  const { verify } = await import('../../functions/audit/verify.ts')
  const { folder, remove } = await temporaryFolder()
  const opened: InputFile[] = []
  const open = async (name: string, choices?: ColumnChoices) => {
    const file = await openInput(name, choices)
    opened.push(file)
    return file
  }
  const bar = new ProgressBar(process.stderr)
  let copies = 0
  try {
    const enriched = await open(names.enriched)
    // a CSV file is converted as it was for the enriched file
    const original = await open(names.original, await chosenColumns(enriched, memoryBudgetBytes))
    const dropped = names.dropped === undefined ? undefined : await open(names.dropped)
    const spool: Spool = async (pieces) => {
      const name = path.join(folder, `recomputed-${copies++}.parquet`)
      await writeLocalFile(name, original, false, pieces)
      return openLocalFile(name)
    }
    const { after: previous, lookBack } = names
    const after =
      previous &&
      ((forgetAfter: number | undefined) => carryFrom(previous, { memoryBudgetBytes }, { forgetAfter, lookBack }))
    const onProgress: Beside['onProgress'] = (...progress) => bar.show(...progress)
    const result = await verify(original, enriched, memoryBudgetBytes, spool, { dropped, after, onProgress })
    bar.clear()
    process.stdout.write(
      json
        ? `${JSON.stringify({ original: names.original, enriched: names.enriched, ...result })}\n`
        : summary(names.enriched, result),
    )
    printWarnings(result.warnings, names.original)
    if (!result.holds) process.exitCode = VERIFICATION_FAILED
    return result.holds
  } finally {
    bar.clear()
    await remove()
    for (const file of opened) await file.close()
  }
}

/** The columns that the user named when the file was enriched; none if that cannot be read, which `verify` reports. */
async function chosenColumns(enriched: InputFile, memoryBudgetBytes: number): Promise<ColumnChoices> {
  const { openParquet } = await import('../../functions/enrich/market-file.ts')
  const { readNote } = await import('../../functions/audit/read-note.ts')
  const file = await openParquet(enriched, memoryBudgetBytes).catch(() => undefined)
  return (file && readNote(file.footer)?.settings.columns) ?? {}
}

/** Prints why one of many files is not proved, and sets the exit code. */
export function printUnproved(
  file: Partial<Pick<VerifiedFile, 'original' | 'dropped'>> & { readonly enriched?: string | undefined },
  problems: readonly string[],
  json: boolean,
): void {
  const name = file.enriched ?? file.original ?? file.dropped
  process.stdout.write(
    json
      ? `${JSON.stringify({ ...file, holds: false, problems: problems.map((problem) => `${name}: ${problem}`) })}\n`
      : failedSummary(name ?? '', problems),
  )
  process.exitCode = VERIFICATION_FAILED
}

function failedSummary(name: string, problems: readonly string[]): string {
  return [`${name}: verification failed`, ...problems.map((problem) => `  ${problem}`), ''].join('\n')
}

/** One line for a file that holds. */
export function verifyLine(name: string, { holds, problems, ...result }: Verification): string {
  if (!holds) return failedSummary(name, problems)
  const { rowsRead, duplicatesDropped, columnsNotCompared, secondReading, dropped } = result
  const unread = [...new Set([...columnsNotCompared, ...secondReading!.columnsNotRead.map(({ column }) => column)])]
  const except = unread.length === 0 ? '' : `; not all checks read ${unread.join(', ')}`
  const found = dropped ? ' and in their file' : ''
  return `${name}: holds, ${counted(rowsRead ?? 0, 'row')}, ${counted(duplicatesDropped ?? 0, 'duplicate')} removed${found}${except}\n`
}

function verifySummary(
  name: string,
  {
    holds,
    problems,
    bytes,
    settings,
    rowsRead,
    rowsWritten,
    duplicatesDropped,
    columnsNotCompared,
    secondReading,
    dropped,
  }: Verification,
): string {
  if (!holds) return failedSummary(name, problems)
  const supertrends = settings!.supertrends.map((each) => `${each.definition} ${each.period},${each.multiplier}`)
  return [
    `${name}: holds`,
    `  ${supertrends.join('; ')}: computing again gives the same values`,
    `  ${counted(rowsRead ?? 0, 'row')}, ${counted(duplicatesDropped ?? 0, 'duplicate')} removed, ${withSeparators(rowsWritten ?? 0)} kept: all kept rows are as in the original`,
    ...(dropped ? ['  all removed rows are in their file: no row of the original is lost'] : []),
    ...(columnsNotCompared.length > 0
      ? [`  except nested columns, which were not compared: ${columnsNotCompared.join(', ')}`]
      : []),
    ...secondLines(secondReading!),
    bytes === 'same' && dropped?.bytes !== 'other'
      ? '  every byte is as this version writes it\n'
      : '  written by another program or version: the values were compared\n',
  ].join('\n')
}

function secondLines({
  reader,
  columnsCompared,
  columnsNotRead,
}: NonNullable<Verification['secondReading']>): string[] {
  const all = columnsCompared.length + columnsNotRead.length
  const many = columnsNotRead.length === 0 ? `all ${all}` : `${columnsCompared.length} of ${all}`
  return [
    `  ${reader}, another reader, reads the same values in ${many} columns`,
    ...columnsNotRead.map(({ column, reason }) => `  except column ${column}, which it cannot read: ${reason}`),
  ]
}
