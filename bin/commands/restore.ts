/** `restore`: restores the original file from an enriched one. */
import path from 'node:path'
import { Command } from 'commander'
import type { RestoredCheck } from '../../functions/audit/check-restored.ts'
import type { Restored } from '../../functions/audit/restore.ts'
import type { Spool } from '../../functions/audit/verification.ts'
import { openLocalFile } from '../../functions/storage/local-file.ts'
import { writeLocalFile } from '../../functions/storage/staged-file.ts'
import type { InputFile } from '../cli/input-file.ts'
import { checkOutput, openInput } from '../cli/locations.ts'
import { memoryBudgetOf } from '../cli/market-options.ts'
import { ProgressBar } from '../cli/progress-bar.ts'
import { printWarnings } from '../cli/run-command.ts'
import { counted, withSeparators } from '../cli/table.ts'
import { type TemporaryFolder, temporaryFolder } from '../cli/temporary-folder.ts'
import { writeOutput } from '../cli/write-outputs.ts'

interface RestoreCommandOptions {
  readonly dropped?: string
  readonly memory?: string
  readonly json?: boolean
}

export function restoreCommand(): Command {
  return new Command('restore')
    .description('restore the original file, byte for byte if no row was removed')
    .argument('<enriched>', 'the enriched file')
    .argument('<output>', 'where the original goes')
    .option('--dropped <file>', 'the file of removed rows that enrich wrote; the rows return to their places')
    .option(
      '--memory <mib>',
      'memory for metadata and merged pages, in MiB (default: half of that of the machine or container)',
    )
    .option(
      '--json',
      'print the result as one JSON object: bytesWritten, bytes (same or other), rows, problems (null: not checked)',
    )
    .addHelpText(
      'after',
      `
If no row was removed, the original is the beginning of the enriched file, and is restored byte
for byte. If rows were removed, --dropped names the file that enrich --dropped wrote: all rows
are restored in their order, with all columns and types, but not byte for byte. Columns that had
the names of the new ones cannot be restored. Without --dropped, or if another program has
rewritten a file, restore refuses. Original bytes have no checksum: restore reads all columns and
computes the new ones again. A changed value in a column that they do not need is not found, nor
any in a file that continues another one; verify finds all, with the original. Where the memory
or the room for temporary files is too small for this check, the file is written unchecked.

Exit code: 0 done; 3 written, but its values cannot be read or do not give those of the new columns;
2 refused, nothing is written; 1 anything else.`,
    )
    .action(async (enriched: string, output: string, options: RestoreCommandOptions) => {
      const { restore } = await import('../../functions/audit/restore.ts')
      const file = await openInput(enriched)
      const dropped = options.dropped === undefined ? undefined : await openInput(options.dropped)
      const bar = new ProgressBar(process.stderr)
      try {
        await checkOutput(output)
        const memoryBudgetBytes = memoryBudgetOf(options)
        const restored = await restore(file, dropped, memoryBudgetBytes)
        // before the output, which may take the place of the enriched file
        const check = await checkOf(file, restored, memoryBudgetBytes, bar)
        const bytesWritten = await writeOutput(output, file, {
          layout: 'compacted',
          bytes: () =>
            untilUnchanged(withBar(restored.pieces(), bar, file.byteLength + (dropped?.byteLength ?? 0)), dropped),
        })
        bar.clear()
        printWarnings(restored.warnings, enriched)
        const problems = 'problems' in check ? check.problems : null
        if (problems && problems.length > 0) refuteOriginal(enriched, problems)
        const stream = output === '-' ? process.stderr : process.stdout
        const { bytes, rows } = restored
        stream.write(
          options.json
            ? `${JSON.stringify({ bytesWritten, bytes, rows, problems })}\n`
            : restoreSummary(output, bytesWritten, restored, check),
        )
      } finally {
        bar.clear()
        await dropped?.close()
        await file.close()
      }
    })
}

/** Yields the pieces and shows their bytes. @param total of the files that are read, a little more than what is restored */
async function* withBar(pieces: AsyncIterable<Uint8Array>, bar: ProgressBar, total: number) {
  let done = 0
  for await (const piece of pieces) {
    done += piece.length
    bar.show(done, total, 'bytes')
    yield piece
  }
}

/** Yields the pieces, and throws at the end if the file has changed meanwhile: the output is then not completed. */
async function* untilUnchanged(pieces: AsyncIterable<Uint8Array>, file: InputFile | undefined) {
  yield* pieces
  await file?.checkUnchanged()
}

const NOT_THE_ORIGINAL = 3

/** Sets the exit code, and says what shows that the file was damaged. */
function refuteOriginal(enriched: string, problems: readonly string[]): void {
  const message = `the restored file is not proved to be the original: ${problems.join('; ')}; the enriched file was damaged or changed`
  printWarnings([{ message }], enriched)
  process.exitCode = NOT_THE_ORIGINAL
}

async function checkOf(
  file: InputFile,
  { bytes, byteLength }: Restored,
  memoryBudgetBytes: number,
  bar: ProgressBar,
): Promise<RestoredCheck> {
  if (bytes !== 'same') return { unchecked: 'its bytes are not those of the original' }
  const { checkRestored } = await import('../../functions/audit/check-restored.ts')
  const made: TemporaryFolder[] = []
  const spool: Spool = async (pieces) => {
    const temporary = await temporaryFolder()
    made.push(temporary)
    const { folder } = temporary
    const name = path.join(folder, 'recomputed.parquet')
    await writeLocalFile(name, file, false, pieces)
    return openLocalFile(name)
  }
  try {
    return await checkRestored(file, byteLength!, memoryBudgetBytes, spool, (rows, total) => bar.show(rows, total))
  } finally {
    bar.clear()
    for (const { remove } of made) await remove()
  }
}

function restoreSummary(
  output: string,
  bytesWritten: number,
  { bytes, rows, rowsDropped }: Restored,
  check: RestoredCheck,
): string {
  const proof =
    'unchecked' in check
      ? `not checked: ${check.unchecked}`
      : check.problems.length > 0
        ? 'not proved to be the original'
        : 'all columns can be read, and give the values of the new columns again; another value in a column that they do not need would not show'
  return bytes === 'same'
    ? `${output}: the first ${bytesWritten} bytes of the enriched file\n  ${proof}\n`
    : `${output}: ${counted(rows, 'row')}, ${withSeparators(rowsDropped)} of them restored from the removed rows\n`
}
