/** `restore`: restores the original file from an enriched one. */
import { Command } from 'commander'
import type { Restored } from '../../functions/audit/restore.ts'
import { checkOutput, type InputFile, openInput, writeOutput } from '../cli/locations.ts'
import { memoryBudgetOf } from '../cli/market-options.ts'
import { printWarnings } from '../cli/run-command.ts'
import { count, counted } from '../cli/table.ts'

interface Options {
  readonly dropped?: string
  readonly memory?: string
  readonly json?: boolean
}

export function restoreCommand(): Command {
  return new Command('restore')
    .description('give the original file back, byte for byte where no row was dropped')
    .argument('<enriched>', 'the enriched file')
    .argument('<output>', 'where the original goes')
    .option('--dropped <file>', 'the file of the rows that enrich has dropped: they are put back into their places')
    .option(
      '--memory <mib>',
      "what metadata, and pages that are put together, may take, in MiB (default: half of the machine's)",
    )
    .option('--json', 'print the result as one JSON object: bytesWritten, bytes (same or other), rows')
    .addHelpText(
      'after',
      `
Where no row was dropped the original is the beginning of the enriched file, and comes back
byte for byte. Where rows were dropped, --dropped names the file that enrich --dropped wrote:
all rows come back in their order, with all columns and types, in other bytes than the
original's. Columns that had the names of the new ones are in no enriched file. Without it, or
where another program has written a file anew, it is refused. What has been changed in those
bytes since cannot be seen; verify sees it where there is an original.

Exit code: 0 done; 2 refused, nothing is written; 1 anything else.`,
    )
    .action(async (enriched: string, output: string, options: Options) => {
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
          options.json ? `${JSON.stringify({ bytesWritten, bytes, rows })}\n` : summary(output, bytesWritten, restored),
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

function summary(output: string, bytesWritten: number, { bytes, rows, rowsDropped }: Restored): string {
  return bytes === 'same'
    ? `${output}: the first ${bytesWritten} bytes, which were the original\n`
    : `${output}: ${counted(rows, 'row')}, ${count(rowsDropped)} of them put back where they were dropped\n`
}
