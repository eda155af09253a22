/** `flips`: the bars at which the trend changes its side, one per line. */
import { Command } from 'commander'
import type { Flip } from '../../functions/audit/flip.ts'
import type { FileFlips } from '../../functions/audit/flips.ts'
import type { StateBefore } from '../../functions/audit/trends-before.ts'
import type { EnrichSettings } from '../../functions/enrich/settings.ts'
import { printable, quoted, RefusedError } from '../../functions/shared/errors.ts'
import { hiveSymbolOption } from '../cli/carry-options.ts'
import { addViewOptions, COMPUTING_OPTIONS, type MarketOptions, settingsOf } from '../cli/market-options.ts'
import { printWarnings } from '../cli/run-command.ts'
import { hiveNames, hiveSymbol } from '../cli/sequences.ts'
import { aligned, withSeparators } from '../cli/table.ts'

const CONTINUES =
  'the file continues another one: the flips at the first bar of a series are missing; name the file before with --after'

interface FlipsCommandOptions extends MarketOptions {
  readonly symbol?: string
  readonly hive?: string
  readonly after?: string
  readonly json?: boolean
  readonly csv?: boolean
}

export function flipsCommand(): Command {
  const command = new Command('flips')
    .description('list the bars at which the trend changes its side')
    .argument('<file>', 'an enriched file; another file is enriched for the list only')
    .option('--symbol <name>', 'list the flips of this symbol only')
    .addOption(hiveSymbolOption())
    .option('--after <file>', 'the enriched file that this one continues: lists flips at its first bars too')
  return addViewOptions(command)
    .option('--json', 'print one JSON object per line')
    .option('--csv', 'print CSV with a header')
    .addHelpText(
      'after',
      `
Each line is a bar: time, symbol, set (of several parameter sets: the end of their column names), side (up or down: the
new trend), price (the close), line (the active band), segment (the number of the new trend), row (of the file, from 0),
bars and return (of the new trend, up to its last bar in the file; 0.02 is a rise of 2 %). The order is that of the
times. The first trend of each series is no flip; nor is the first one in a file that continues another, unless --after
names that file. The list of a symbol without a flip is empty.

Exit code: 0 done, also without a flip; 2 the file or an option is refused; 1 anything else.`,
    )
    .action(async (name: string, options: FlipsCommandOptions) => {
      if (options.json && options.csv) throw new RefusedError('settings', '--json and --csv exclude each other')
      const settings = settingsOf(options)
      const symbolOfPath = hiveSymbol(name, hiveNames(options.hive))
      const computing = COMPUTING_OPTIONS.filter((name) => options[name] !== undefined).map((name) => `--${name}`)
      const { openEnriched } = await import('../cli/enriched-input.ts')
      const { fileFlips } = await import('../../functions/audit/flips.ts')
      const { continuesAnother } = await import('../../functions/audit/trends-before.ts')
      const { file, close } = await openEnriched(name, { settings, computing })
      try {
        if (options.after === undefined && (await continuesAnother(file, settings.memoryBudgetBytes))) {
          printWarnings([{ message: CONTINUES }])
        }
        const found = await fileFlips(
          file,
          { ...settings, shownPrefix: options.prefix },
          await stateBefore(options, settings),
        )
        const { flips, symbols } = wanted(withSymbol(found, symbolOfPath), options.symbol)
        process.stdout.write(await flipsText(flips, symbols.length > 0, options))
      } finally {
        await close()
      }
    })
}

async function stateBefore({ after }: FlipsCommandOptions, settings: EnrichSettings): Promise<StateBefore | undefined> {
  if (after === undefined) return undefined
  const { carryFrom } = await import('../cli/carry-options.ts')
  const { state, name } = await carryFrom([after], settings, {})
  return state && { state, name }
}

function withSymbol(found: FileFlips, symbol: string | undefined): FileFlips {
  if (symbol === undefined) return found
  if (found.symbols.length > 0) {
    throw new RefusedError('settings', '--hive: the symbols of the file are in a column; leave the option out')
  }
  const symbols = [printable(symbol)]
  return { flips: found.flips.map((flip) => ({ ...flip, symbol: symbols[0]! })), symbols }
}

/** A symbol of the file may have no flip. */
function wanted({ flips, symbols }: FileFlips, symbol: string | undefined): FileFlips {
  if (symbol === undefined || symbols.includes(symbol)) {
    return { flips: flips.filter((flip) => symbol === undefined || flip.symbol === symbol), symbols }
  }
  const known = symbols.length === 0 ? 'no symbols' : symbols.slice(0, 20).map(quoted).join(', ')
  throw new RefusedError('columns', `--symbol: no row has ${quoted(symbol)}; the file has ${known}`)
}

async function flipsText(
  flips: readonly Flip[],
  hasSymbols: boolean,
  { json, csv }: FlipsCommandOptions,
): Promise<string> {
  if (json) return flips.map((flip) => `${JSON.stringify(flip)}\n`).join('')
  if (csv) {
    const { stringify } = await import('csv-stringify/sync')
    // a spreadsheet would run a symbol such as =1+1
    return stringify(flips.map(rowOf), { header: true, columns: [...COLUMNS], escape_formulas: true })
  }
  const shown = flips.map(({ time, symbol, set, side, price, bars, return: change }) => [
    time,
    ...(hasSymbols ? [symbol ?? ''] : []),
    ...(hasSets(flips) ? [set ?? ''] : []),
    side,
    String(price),
    withSeparators(bars),
    `${change < 0 ? '' : '+'}${(100 * change).toFixed(2)} %`,
  ])
  const header = [
    'time',
    ...(hasSymbols ? ['symbol'] : []),
    ...(hasSets(flips) ? ['set'] : []),
    ...['side', 'price', 'bars', 'return'],
  ]
  const numbers = new Set([header.length - 3, header.length - 2, header.length - 1])
  return `${aligned([header, ...shown], numbers)}\n`
}

const COLUMNS = ['time', 'symbol', 'set', 'side', 'price', 'line', 'segment', 'row', 'bars', 'return'] as const

function rowOf(flip: Flip) {
  return COLUMNS.map((name) => flip[name])
}

function hasSets(flips: readonly Flip[]): boolean {
  return flips.some(({ set }) => set !== null)
}
