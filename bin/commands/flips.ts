/** `flips`: the bars at which the trend changes its side, one per line. */
import { Command } from 'commander'
import type { Flip } from '../../functions/audit/flips.ts'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'
import { addMarketOptions, COMPUTING_OPTIONS, type MarketOptions, settingsOf } from '../cli/market-options.ts'
import { aligned, withSeparators } from '../cli/table.ts'

interface FlipsCommandOptions extends MarketOptions {
  readonly symbol?: string
  readonly json?: boolean
  readonly csv?: boolean
}

export function flipsCommand(): Command {
  const command = new Command('flips')
    .description('list the bars at which the trend changes its side')
    .argument('<file>', 'an enriched file; another file is enriched for the list only')
    .option('--symbol <name>', 'list the flips of this symbol only')
  return addMarketOptions(command)
    .option('--json', 'print one JSON object per line')
    .option('--csv', 'print CSV with a header')
    .addHelpText(
      'after',
      `
Each line is a bar: time, symbol, set (of several parameter sets), side (up or down: the new trend), price (the close),
line (the active band), segment (the number of the new trend), row (of the file, from 0), bars and return (of the new
trend, up to its last bar in the file; 0.02 is a rise of 2 %). The order is that of the times. The first trend of each
series is no flip.

Exit code: 0 done, also without a flip; 2 the file or an option is refused; 1 anything else.`,
    )
    .action(async (name: string, options: FlipsCommandOptions) => {
      if (options.json && options.csv) throw new RefusedError('settings', '--json and --csv exclude each other')
      const settings = settingsOf(options)
      const computing = COMPUTING_OPTIONS.filter((name) => options[name] !== undefined).map((name) => `--${name}`)
      const { openEnriched } = await import('../cli/enriched-input.ts')
      const { flipsOf } = await import('../../functions/audit/flips.ts')
      const { file, close } = await openEnriched(name, { settings, computing })
      try {
        const flips = wanted(await flipsOf(file, settings), options.symbol)
        process.stdout.write(await flipsText(flips, options))
      } finally {
        await close()
      }
    })
}

function wanted(flips: readonly Flip[], symbol: string | undefined): readonly Flip[] {
  if (symbol === undefined) return flips
  const found = flips.filter((flip) => flip.symbol === symbol)
  if (found.length > 0 || flips.length === 0) return found
  const some = [...new Set(flips.flatMap((flip) => flip.symbol ?? []))].slice(0, 20)
  const known = some.length === 0 ? 'the file has no symbols' : `flips have ${some.map(quoted).join(', ')}`
  throw new RefusedError('columns', `--symbol: no flip has ${quoted(symbol)}; ${known}`)
}

async function flipsText(flips: readonly Flip[], { json, csv }: FlipsCommandOptions): Promise<string> {
  if (json) return flips.map((flip) => `${JSON.stringify(flip)}\n`).join('')
  if (csv) {
    const { stringify } = await import('csv-stringify/sync')
    // a spreadsheet would run a symbol such as =1+1
    return stringify(flips.map(rowOf), { header: true, columns: [...COLUMNS], escape_formulas: true })
  }
  const shown = flips.map(({ time, symbol, set, side, price, bars, return: change }) => [
    time,
    ...(hasSymbols(flips) ? [symbol ?? ''] : []),
    ...(hasSets(flips) ? [set?.slice(1) ?? ''] : []),
    side,
    String(price),
    withSeparators(bars),
    `${change < 0 ? '' : '+'}${(100 * change).toFixed(2)} %`,
  ])
  const header = [
    'time',
    ...(hasSymbols(flips) ? ['symbol'] : []),
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

function hasSymbols(flips: readonly Flip[]): boolean {
  return flips.some(({ symbol }) => symbol !== null)
}

function hasSets(flips: readonly Flip[]): boolean {
  return flips.some(({ set }) => set !== null)
}
