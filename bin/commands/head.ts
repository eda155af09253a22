/** `head`: the first rows of a parquet file as a table. */
import { Command } from 'commander'
import type { ByteSource } from '../../functions/shared/byte-source.ts'
import { printable, quoted, RefusedError } from '../../functions/shared/errors.ts'
import { openInput } from '../cli/locations.ts'
import { memoryBudgetOf, parseCount } from '../cli/market-options.ts'
import { aligned, counted } from '../cli/table.ts'

const DEFAULT_ROWS = 10
/** Rows that are read at a time while those of a symbol are looked for. */
const STEP_ROWS = 10_000

interface HeadCommandOptions {
  readonly rows: string
  readonly symbol?: string
  readonly symbolColumn?: string
}

export function headCommand(): Command {
  return new Command('head')
    .description('print the first rows of a parquet file as a table')
    .argument('<file>', 'a parquet file')
    .option('-n, --rows <n>', 'rows to print', String(DEFAULT_ROWS))
    .option('--symbol <name>', 'print rows of this symbol only')
    .option('--symbol-column <name>', 'the column of the symbol (default: symbol, ticker, instrument_id, ...)')
    .addHelpText('after', '\nExit code: 0 done; 2 the file or an option is refused; 1 anything else.')
    .action(async (name: string, options: HeadCommandOptions) => {
      const wanted = parseCount(options.rows, '--rows')
      const file = await openInput(name, { symbol: options.symbolColumn })
      try {
        process.stdout.write(await firstRows(file, wanted, options))
      } finally {
        await file.close()
      }
    })
}

async function firstRows(
  file: ByteSource,
  wanted: number,
  { symbol, symbolColumn }: HeadCommandOptions,
): Promise<string> {
  const { shownRows } = await import('../cli/shown-rows.ts')
  const { rows, columns, numeric, read } = await shownRows(file)
  const found: string[][] = []
  if (symbol === undefined) found.push(...(await read(0, Math.min(wanted, rows))))
  else {
    const column = await symbolColumnOf(file, columns, symbolColumn)
    for (let from = 0; from < rows && found.length < wanted; from += STEP_ROWS) {
      const step = await read(from, Math.min(rows, from + STEP_ROWS))
      found.push(...step.filter((row) => row[column] === symbol).slice(0, wanted - found.length))
    }
    if (found.length === 0) throw new RefusedError('columns', `--symbol: no row has ${quoted(symbol)}`)
  }
  const table = aligned([columns.map((column) => printable(column)), ...found], numeric)
  return `${table}\n${counted(found.length, 'row')} of ${counted(rows, 'row')}\n`
}

async function symbolColumnOf(
  file: ByteSource,
  columns: readonly string[],
  given: string | undefined,
): Promise<number> {
  const { openMarketFile } = await import('../../functions/enrich/market-file.ts')
  const { columnNames } = await import('../../functions/market/named-columns.ts')
  const settings = { columns: { symbol: given }, castPrices: true, memoryBudgetBytes: memoryBudgetOf({}) }
  const { columns: roles, descriptions } = await openMarketFile(file, settings)
  const [first] = roles.series
  if (first === undefined)
    throw new RefusedError('columns', '--symbol: the file has no symbol column; leave the option out')
  return columns.indexOf(columnNames(descriptions)[first]!)
}
