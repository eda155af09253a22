/** The options for reading a market file and computing, which several commands share. */
import os from 'node:os'
import { type Command, Option } from 'commander'
import {
  DEFAULT_NEW_COLUMNS,
  NEW_COLUMN_WORDS,
  type NewColumnWord,
  newColumnSettings,
} from '../../functions/enrich/chosen-columns.ts'
import { newColumnNames } from '../../functions/enrich/new-columns.ts'
import {
  CODEC_CHOICES,
  CONFLICTS,
  DEFAULT_JUDGEMENT,
  DEFAULT_READ_BACK,
  DEFAULT_SUPERTREND,
  type EnrichSettings,
  KEEP,
  parseCodec,
  parseConflicts,
  parseDefinition,
  parseKeep,
  parseMultiplier,
  parsePeriod,
  parseReadBack,
  parseShare,
  parseSupertrend,
  parseZeroPrices,
  ZERO_PRICES,
} from '../../functions/enrich/settings.ts'
import { DEFINITIONS, type SupertrendParameters } from '../../functions/market/supertrend.ts'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'

export interface MarketOptions {
  readonly definition?: string
  readonly period?: string
  readonly multiplier?: string
  readonly supertrend?: readonly string[]
  readonly columns?: string
  readonly prefix?: string
  readonly double?: boolean
  readonly codec?: string
  readonly keep?: string
  readonly conflicts?: string
  readonly conflictLimit?: string
  readonly zeroPrices?: string
  readonly castPrices?: boolean
  readonly timeFormat?: string
  readonly strict?: boolean
  readonly readBack?: string
  readonly timeColumn?: readonly string[]
  readonly symbolColumn?: readonly string[]
  readonly openColumn?: string
  readonly highColumn?: string
  readonly lowColumn?: string
  readonly closeColumn?: string
  readonly memory?: string
}

const withBefore = (value: string, before: readonly string[] = []) => [...before, value]

/** Flags, meanings and defaults, from which the help texts and the tables in the documentation are generated. */
export const MARKET_OPTIONS = [
  [
    '--definition <name>',
    `${DEFINITIONS.join(' (as stockstats 0.4.1) or ')} (as TradingView's ta.supertrend)`,
    DEFAULT_SUPERTREND.definition,
  ],
  ['--period <n>', 'bars in the average true range', DEFAULT_SUPERTREND.period],
  ['--multiplier <x>', 'distance of the bands in average true ranges', DEFAULT_SUPERTREND.multiplier],
  [
    '--supertrend <p,m[,name]>',
    'period, multiplier and definition; repeatable, up to 16 at once; with more than one, the columns of each end in its parameters: supertrend_ub_10_1',
    undefined,
  ],
  ['--columns <names>', `columns that each set adds, of ${NEW_COLUMN_WORDS.join()}`, DEFAULT_NEW_COLUMNS.join()],
  ['--prefix <name>', 'precedes the name of each new column', undefined],
  ['--double', 'write the bands and the average true range as 64-bit floats', undefined],
  [
    '--codec <name>',
    `compression of the new columns: auto (as the prices), ${CODEC_CHOICES.slice(1).join(', ')}`,
    'auto',
  ],
  ['--keep <which>', `which of several rows with the same series and time is kept: ${KEEP.join(' or ')}`, KEEP[0]],
  [
    '--conflicts <what>',
    `if duplicates have other prices than the kept rows, more than --conflict-limit allows or told apart by another column: ${CONFLICTS.join(' the file or ')} the duplicates`,
    DEFAULT_JUDGEMENT.conflicts,
  ],
  [
    '--conflict-limit <share>',
    'largest share of the rows that may be removed although their prices differ; five rows may always be, unless it is 0',
    DEFAULT_JUDGEMENT.conflictLimit,
  ],
  [
    '--zero-prices <what>',
    `a bar whose prices are all 0: ${ZERO_PRICES.join(' (it has none) or ')} (they are 0)`,
    DEFAULT_JUDGEMENT.zeroPrices,
  ],
  ['--cast-prices', 'read numbers from price columns that are text', undefined],
  ['--strict', 'refuse a file if its report would have a warning', undefined],
  [
    '--read-back <share>',
    'check the new columns with another reader before the file is published: off, on, or a share of files',
    DEFAULT_READ_BACK,
  ],
  [
    '--time-column <name>',
    'the time of a bar; twice for a date and a time of day',
    'datetime, timestamp, date, time, ts, ...',
  ],
  [
    '--time-format <format>',
    'format of times that are text or the digits of integers, such as "%d.%m.%Y %H:%M"; with two time columns, that of the date',
    'ISO 8601 and common forms',
  ],
  [
    '--symbol-column <name>',
    'each of its values is a series; repeatable: each combination is one; "none" for one series',
    'symbol, ticker, instrument_id, ...',
  ],
  ['--open-column <name>', 'the open price', 'open, o, Open, open_'],
  ['--high-column <name>', 'the high price', 'high, h, High, high_'],
  ['--low-column <name>', 'the low price', 'low, l, Low, low_'],
  ['--close-column <name>', 'the close price', 'close, c, Close, close_'],
  ['--memory <mib>', 'memory for rows that have to be sorted, in MiB', 'half of that of the machine or container'],
] as const

/** Options for computing, which are refused for a file that is already enriched. */
export const COMPUTING_OPTIONS = [
  ...(['definition', 'period', 'multiplier', 'supertrend', 'columns', 'double'] as const),
  ...(['codec', 'keep'] as const),
]

const OF_NEW_COLUMNS = ['columns', 'double', 'codec', 'readBack']

const REPEATABLE = ['--supertrend', '--time-column', '--symbol-column']

export function addMarketOptions(command: Command): Command {
  for (const [flags, meaning, byDefault] of MARKET_OPTIONS) {
    const option = new Option(flags, byDefault === undefined ? meaning : `${meaning} (default: ${byDefault})`)
    if (REPEATABLE.some((name) => flags.startsWith(`${name} `))) option.argParser(withBefore)
    command.addOption(option)
  }
  return command
}

const SHOWN_PREFIX =
  'which columns are shown, if several enrichments wrote some: those whose names begin so; "" for those without a prefix (default: those of the last enrichment)'

/** Adds the options for a command that shows an enriched file and writes none: those of its columns are taken, but not offered. */
export function addViewOptions(command: Command): Command {
  addMarketOptions(command)
  for (const option of command.options) {
    if (OF_NEW_COLUMNS.includes(option.attributeName())) option.hideHelp()
    if (option.attributeName() === 'prefix') option.description = SHOWN_PREFIX
  }
  return command
}

/** The flags of the options for computing that a command offers. */
export const OFFERED_COMPUTING_OPTIONS = COMPUTING_OPTIONS.filter((name) => !OF_NEW_COLUMNS.includes(name)).map(
  (name) => `--${name}`,
)

/** @throws RefusedError `settings` */
export function settingsOf(options: MarketOptions): EnrichSettings {
  const { codec } = options
  return {
    supertrends: chosenSupertrends(options),
    codec: codec === undefined ? 'auto' : parseCodec(codec, '--codec'),
    ...judgementOf(options),
    timeFormat: options.timeFormat,
    readBack: options.readBack === undefined ? DEFAULT_READ_BACK : parseReadBack(options.readBack, '--read-back'),
    columns: {
      time: oneOrMany(options.timeColumn),
      symbol: oneOrMany(options.symbolColumn),
      open: options.openColumn,
      high: options.highColumn,
      low: options.lowColumn,
      close: options.closeColumn,
    },
    memoryBudgetBytes: memoryBudgetOf(options),
    ...newColumnSettings(
      {
        newColumns: options.columns?.split(',').map((word) => word.trim().toLowerCase()) as NewColumnWord[],
        columnPrefix: options.prefix,
        double: options.double,
      },
      { newColumns: '--columns', columnPrefix: '--prefix' },
    ),
  }
}

function judgementOf({ keep, conflicts, conflictLimit, zeroPrices, castPrices, strict }: MarketOptions) {
  return {
    keep: keep === undefined ? DEFAULT_JUDGEMENT.keep : parseKeep(keep, '--keep'),
    conflicts: conflicts === undefined ? DEFAULT_JUDGEMENT.conflicts : parseConflicts(conflicts, '--conflicts'),
    conflictLimit:
      conflictLimit === undefined ? DEFAULT_JUDGEMENT.conflictLimit : parseShare(conflictLimit, '--conflict-limit'),
    zeroPrices: zeroPrices === undefined ? DEFAULT_JUDGEMENT.zeroPrices : parseZeroPrices(zeroPrices, '--zero-prices'),
    castPrices: castPrices ?? DEFAULT_JUDGEMENT.castPrices,
    strict: strict ?? DEFAULT_JUDGEMENT.strict,
  }
}

/** One name stays text, as it is in the note of most enriched files. */
function oneOrMany(names: readonly string[] | undefined): string | readonly string[] | undefined {
  return names?.length === 1 ? names[0] : names
}

/** @throws RefusedError `settings` */
export function parseCount(text: string, option: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (value < 1) throw new RefusedError('settings', `${option} is ${quoted(text)}; allowed is a whole number from 1`)
  return value
}

export function memoryBudgetOf({ memory }: Pick<MarketOptions, 'memory'>): number {
  if (memory !== undefined) return parsePeriod(memory, '--memory') * 2 ** 20
  return halfOfMemory(os.totalmem(), process.constrainedMemory())
}

/**
 * @param constrained limit of the container or the control group; 0 or more than the machine has when there is none
 * @returns half of the memory that the program may have, so that a file is refused before the program is killed
 */
export function halfOfMemory(total: number, constrained: number | undefined): number {
  return (constrained ? Math.min(total, constrained) : total) / 2
}

function chosenSupertrends({ definition, period, multiplier, supertrend }: MarketOptions): SupertrendParameters[] {
  const common = parseDefinition(definition ?? DEFAULT_SUPERTREND.definition, '--definition')
  if (supertrend === undefined) {
    return [
      {
        definition: common,
        period: period === undefined ? DEFAULT_SUPERTREND.period : parsePeriod(period, '--period'),
        multiplier:
          multiplier === undefined ? DEFAULT_SUPERTREND.multiplier : parseMultiplier(multiplier, '--multiplier'),
      },
    ]
  }
  if (period !== undefined || multiplier !== undefined) {
    throw new RefusedError(
      'settings',
      '--supertrend states the period and the multiplier; give either it, or --period and --multiplier',
    )
  }
  const supertrends = supertrend.map((text) => parseSupertrend(text, '--supertrend', common))
  newColumnNames(supertrends)
  return supertrends
}
