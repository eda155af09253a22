/** `restore`: the original file out of the enriched one. */
import { Command } from 'commander'
import { piecesOf } from '../../functions/parquet/byte-source.ts'
import { checkOutput, openInput, writeOutput } from '../cli/locations.ts'
import { type MarketOptions, memoryBudgetOf } from '../cli/market-options.ts'

export function restoreCommand(): Command {
  return new Command('restore')
    .description('give the original file back, byte for byte')
    .argument('<enriched>', 'the enriched file')
    .argument('<output>', 'where the original goes')
    .option('--memory <mib>', "what the file's metadata may take, in MiB (default: half of the machine's)")
    .option('--json', 'print the result as one JSON object')
    .addHelpText(
      'after',
      `
Where no row was dropped the original is the beginning of the enriched file. Where rows
were dropped, or another program has written the file anew, it is refused. What has been
changed in those bytes since cannot be seen; verify sees it where there is an original.

Exit code: 0 done; 2 refused, nothing is written; 1 anything else.`,
    )
    .action(async (enriched: string, output: string, options: MarketOptions & { json?: boolean }) => {
      const { originalBytes } = await import('../../functions/enriched/restore.ts')
      const file = await openInput(enriched)
      try {
        await checkOutput(output)
        const bytes = await originalBytes(file, memoryBudgetOf(options))
        const bytesWritten = await writeOutput(output, file, {
          layout: 'compacted',
          bytes: () => piecesOf(file, bytes),
        })
        const stream = output === '-' ? process.stderr : process.stdout
        stream.write(
          options.json
            ? `${JSON.stringify({ bytesWritten })}\n`
            : `${output}: the first ${bytesWritten} bytes, which were the original\n`,
        )
      } finally {
        await file.close()
      }
    })
}
