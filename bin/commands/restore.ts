/** `restore`: restores the original file from an enriched one. */
import { Command } from 'commander'
import type { Restored } from '../../functions/audit/restore.ts'
import type { InputFile } from '../cli/input-file.ts'
import { checkOutput, openInput } from '../cli/locations.ts'
import { memoryBudgetOf } from '../cli/market-options.ts'
import { printWarnings } from '../cli/run-command.ts'
import { counted, withSeparators } from '../cli/table.ts'
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
    .option('--json', 'print the result as one JSON object: bytesWritten, bytes (same or other), rows')
    .addHelpText(
      'after',
      `
If no row was removed, the original is the beginning of the enriched file, and is restored byte
for byte. If rows were removed, --dropped names the file that enrich --dropped wrote: all rows
are restored in their order, with all columns and types, but not byte for byte. Columns that had
the names of the new ones cannot be restored. Without --dropped, or if another program has
rewritten a file, restore refuses. It cannot detect later changes in the restored bytes; verify
does, with the original.

Exit code: 0 done; 2 refused, nothing is written; 1 anything else.`,
    )
    .action(async (enriched: string, output: string, options: RestoreCommandOptions) => {
      const { restore } = await import('../../functions/audit/restore.ts')
      const file = await openInput(enriched)
      const dropped = options.dropped === undefined ? undefined : await openInput(options.dropped)
      try {
        await checkOutput(output)
        const restored = await restore(file, dropped, memoryBudgetOf(options))
        const bytesWritten = await writeOutput(output, file, {
          layout: 'compacted',
          bytes: () => untilUnchanged(restored.pieces(), dropped),
        })
        printWarnings(restored.warnings, enriched)
        const stream = output === '-' ? process.stderr : process.stdout
        const { bytes, rows } = restored
        stream.write(
          options.json
            ? `${JSON.stringify({ bytesWritten, bytes, rows })}\n`
            : restoreSummary(output, bytesWritten, restored),
        )
      } finally {
        await dropped?.close()
        await file.close()
      }
    })
}

/** Yields the pieces, and throws at the end if the file has changed meanwhile: the output is then not completed. */
async function* untilUnchanged(pieces: AsyncIterable<Uint8Array>, file: InputFile | undefined) {
  yield* pieces
  await file?.checkUnchanged()
}

function restoreSummary(output: string, bytesWritten: number, { bytes, rows, rowsDropped }: Restored): string {
  return bytes === 'same'
    ? `${output}: the original, the first ${bytesWritten} bytes of the enriched file\n`
    : `${output}: ${counted(rows, 'row')}, ${withSeparators(rowsDropped)} of them restored from the removed rows\n`
}
