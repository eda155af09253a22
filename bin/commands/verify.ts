/** `verify`: the proof that an enriched file has all of the original, and that its values compute again. */
import path from 'node:path'
import { Command } from 'commander'
import type { Verification } from '../../functions/enriched/verify.ts'
import { openLocalFile, writeLocalFile } from '../../functions/storage/local-file.ts'
import { openInput } from '../cli/locations.ts'
import { type MarketOptions, memoryBudgetOf } from '../cli/market-options.ts'
import { printWarnings } from '../cli/run-command.ts'
import { temporaryFolder } from '../cli/temporary-folder.ts'

const DOES_NOT_HOLD = 3

export function verifyCommand(): Command {
  return new Command('verify')
    .description('prove that the original is intact and that the values compute again')
    .argument('<original>', 'the file as it was')
    .argument('<enriched>', 'the enriched file')
    .option('--memory <mib>', "what rows that have to be sorted may take, in MiB (default: half of the machine's)")
    .option('--json', 'print the result as one JSON object: holds, problems, bytes, settings, counts, columnsCompared')
    .addHelpText(
      'after',
      '\nExit code: 0 it holds; 3 it does not; 2 the original or an option is refused; 1 anything else.',
    )
    .action(async (originalName: string, enrichedName: string, options: MarketOptions & { json?: boolean }) => {
      const { verify } = await import('../../functions/enriched/verify.ts')
      const original = await openInput(originalName)
      const { folder, remove } = await temporaryFolder()
      try {
        const enriched = await openInput(enrichedName)
        try {
          const result = await verify(original, enriched, memoryBudgetOf(options), async (pieces) => {
            const name = path.join(folder, 'recomputed.parquet')
            await writeLocalFile(name, original, false, pieces)
            return openLocalFile(name)
          })
          process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : summary(enrichedName, result))
          printWarnings(result.warnings, originalName)
          if (!result.holds) process.exitCode = DOES_NOT_HOLD
        } finally {
          await enriched.close()
        }
      } finally {
        await remove()
        await original.close()
      }
    })
}

function summary(
  name: string,
  { holds, problems, bytes, settings, rowsRead, rowsWritten, duplicatesDropped, columnsNotCompared }: Verification,
): string {
  if (!holds) return [`${name}: does not hold`, ...problems.map((problem) => `  ${problem}`), ''].join('\n')
  const supertrends = settings!.supertrends.map((each) => `${each.definition} ${each.period},${each.multiplier}`)
  return [
    `${name}: holds`,
    `  ${supertrends.join('; ')}: the values compute again`,
    `  ${rowsRead} rows, ${duplicatesDropped} duplicates dropped, ${rowsWritten} kept: all of them are as in the original`,
    ...(columnsNotCompared.length > 0
      ? [`  but for the nested columns, which were not compared: ${columnsNotCompared.join(', ')}`]
      : []),
    bytes === 'same'
      ? '  every byte is as it is written today\n'
      : '  written by another program or version: the values were compared\n',
  ].join('\n')
}
