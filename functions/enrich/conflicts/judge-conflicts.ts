/**
 * Judges duplicates whose prices differ from those of the kept row. A file is refused when they show that a key or a time was
 * not recognised, or when there are too many; otherwise it gets a warning.
 */
import { columnNames, describedColumn, naming } from '../../market/named-columns.ts'
import type { Warning } from '../../market/quality/warnings.ts'
import { HAVE, someRows } from '../../shared/counted-rows.ts'
import { quoted, RefusedError } from '../../shared/errors.ts'
import type { Computed } from '../compute.ts'
import type { MarketFile } from '../market-file.ts'
import type { EnrichSettings } from '../settings.ts'
import type { Comparison } from './compare-duplicates.ts'
import { type Explained, type Explanation, explainConflicts, UNKNOWN } from './explain-conflicts.ts'
import { lieInRepeatedHours } from './time-evidence.ts'

export interface ConflictJudgement {
  /** Also for a refused file, which callers may only inspect. */
  readonly warnings: readonly Warning[]
  readonly refusal: RefusedError | undefined
}

/** With so many conflicts, or this share of a small file's rows, columns are searched for an explanation. */
const EVIDENCE_ROWS = 20
const EVIDENCE_SHARE = 0.05
/** They are also searched if this share of the rows is removed without a conflict. */
const REMOVED_SHARE = 0.5
/** Bars of one second in an hour: clocks that go back cause no more conflicts. */
const MAX_CONFLICTS_OF_CLOCKS = 3600

export async function judgeConflicts(
  file: MarketFile,
  settings: EnrichSettings,
  computed: Computed,
  comparison: Comparison,
  isCarried = false,
): Promise<ConflictJudgement> {
  const { conflicting } = comparison
  const { rows } = file.footer
  if (settings.conflicts === 'drop' || computed.pairs.size === 0) return { warnings: [], refusal: undefined }
  const isEvidence = conflicting >= Math.min(EVIDENCE_ROWS, EVIDENCE_SHARE * rows) && conflicting > 0
  // if the time of day is in a column of its own, most rows repeat a day, whatever their prices
  const isDay = file.columns.suspectedTime !== undefined
  const inRepeatedHours =
    comparison.sample.length > 0 &&
    conflicting <= MAX_CONFLICTS_OF_CLOCKS &&
    (await lieInRepeatedHours(file, Uint32Array.from(comparison.sample, ({ row }) => row).sort()))
  // in a calm market most rows agree, even if the time of day or the instrument was not recognised
  const isMost = conflicting === 0 && computed.pairs.size >= Math.max(EVIDENCE_ROWS, REMOVED_SHARE * rows)
  const isAsked = isEvidence || isDay || isMost
  const { explanation, ...seen }: Explained =
    isAsked || conflicting > 0
      ? await explainConflicts(file, settings, computed, comparison, isAsked || inRepeatedHours)
      : { explanation: UNKNOWN, keepsPlaceholders: false }
  // a column that distinguishes summer from winter time is no series
  const isOfClocks = inRepeatedHours && explanation.cause === 'key'
  const warnings: Warning[] = []
  if (conflicting > 0) {
    const why = isOfClocks ? UNKNOWN : explanation
    warnings.push(
      conflictWarning(file, settings, comparison, { ...seen, explanation: why, inRepeatedHours, isCarried }),
    )
  } else if (isMost && explanation.cause === 'key') {
    const message = `${repeatedRows(file, comparison, computed)} and the same prices; if they are different bars: ${toldApart(file, explanation)}`
    warnings.push({ code: 'agreeing-duplicates', message })
  }
  // even hourly bars in local time lose one bar a year, so few conflicts are enough here
  const isReason =
    (isAsked && !isOfClocks && (conflicting > 0 || explanation.cause !== 'key')) || explanation.cause === 'time'
  const evidence = isReason ? explanation : UNKNOWN
  const refusal =
    ambiguity(file, comparison, computed, evidence) ?? excess(file, settings, comparison, computed, isCarried)
  return { warnings, refusal: refusal && new RefusedError(...refusal) }
}

type ConflictRefusal = readonly [
  code: 'ambiguous-series' | 'ambiguous-time' | 'conflicting-duplicates',
  message: string,
]

const ACCEPT = 'accept the loss with --conflicts drop (in the function: conflicts: "drop")'

function repeatedRows({ footer }: MarketFile, { conflicting }: Comparison, { pairs }: Computed): string {
  return conflicting > 0
    ? `${someRows(conflicting, footer.rows, HAVE)} the series and time of another row and different prices`
    : `${someRows(pairs.size, footer.rows, HAVE)} the series and time of another row`
}

function someColumnNames({ descriptions }: MarketFile, of: readonly number[]): string[] {
  const names = columnNames(descriptions)
  return of.map((column) => names[column]!)
}

/** The columns that distinguish the rows, with two values of each, and the options that add them to the known keys. */
function toldApart(file: MarketFile, { columns, values }: Explanation & { readonly cause: 'key' }): string {
  const found = columns.map((column, i) => {
    const [one, other] = values[i]!
    return `${describedColumn(file.descriptions[column]!)} with values such as ${quoted(one)} and ${quoted(other)}`
  })
  const [tell, them] = columns.length > 1 ? ['tell', 'them'] : ['tells', 'it']
  const keys = someColumnNames(file, [...file.columns.series, ...columns])
  return `${found.join(' and ')} ${tell} the rows apart; name ${them} with ${naming('symbol', keys)}`
}

function versionsIn(file: MarketFile, { column, latest }: Explanation & { readonly cause: 'versions' }): string {
  const where = latest === undefined ? '' : `, the latest of which comes ${latest}`
  const keys = someColumnNames(file, [...file.columns.series, column])
  return `; ${describedColumn(file.descriptions[column]!)} seems to order their versions${where} (if it tells different bars apart: ${naming('symbol', keys)})`
}

/** The refusal when another column shows that the rows are different bars. */
function ambiguity(
  file: MarketFile,
  comparison: Comparison,
  computed: Computed,
  explanation: Explanation,
): ConflictRefusal | undefined {
  const { descriptions, columns } = file
  const repeated = repeatedRows(file, comparison, computed)
  const named = (column: number) => describedColumn(descriptions[column]!)
  const names = (of: readonly number[]) => someColumnNames(file, of)
  switch (explanation.cause) {
    case 'key': {
      return ['ambiguous-series', `${repeated}; ${toldApart(file, explanation)}, or ${ACCEPT}`]
    }
    case 'time':
      return [
        'ambiguous-time',
        `${repeated} in ${named(columns.time)}; no series has a time twice in ${named(explanation.column)}, with values such as ${explanation.values.map(quoted).join(' and ')}; name it with ${naming('time', names([explanation.column]))}, or ${ACCEPT}`,
      ]
    case 'time-of-day': {
      const found = `${repeated} in ${named(columns.time)}; the time of day is in ${explanation.columns.map(named).join(' and ')}, with values such as ${explanation.values.map(quoted).join(' and ')}`
      const advice = explanation.canCombine
        ? `name both with ${naming('time', names([columns.time, ...explanation.columns]))}`
        : 'write both as one timestamp column'
      return ['ambiguous-time', `${found}; ${advice}, or ${ACCEPT}`]
    }
    default:
      return undefined
  }
}

/**
 * The refusal when more conflicts are found than allowed: as a share of the rows and also of the times, because thousands of
 * copies of one time say nothing about the other times. As many conflicts as the report lists are always allowed.
 */
function excess(
  file: MarketFile,
  { keep, conflictLimit }: EnrichSettings,
  comparison: Comparison,
  computed: Computed,
  isCarried: boolean,
): ConflictRefusal | undefined {
  const { conflicting, conflicts, conflictingTimes } = comparison
  const { rows } = file.footer
  if (conflictLimit > 0 && conflicting <= conflicts.length) return undefined
  if (conflicting === 0 || conflicting <= conflictLimit * rows) return undefined
  if (conflictingTimes <= conflictLimit * (rows - computed.removed.size)) return undefined
  const percent = (share: number) => `${Number((100 * share).toPrecision(2))} %`
  const other = keep === 'first' ? 'last' : 'first'
  const otherRow = isCarried ? '' : `, or with --keep ${other} the ${other} one`
  return [
    'conflicting-duplicates',
    `${repeatedRows(file, comparison, computed)}, ${percent(conflicting / rows)}; allowed are ${percent(conflictLimit)} (--conflict-limit; in the function: conflictLimit); look at them with inspect; if they are from several instruments or intervals, name the column that distinguishes them with --symbol-column (in the function: columns.symbol); otherwise ${ACCEPT}, which keeps the ${keep} row of each${otherRow}`,
  ]
}

function conflictWarning(
  file: MarketFile,
  { keep }: EnrichSettings,
  { conflicting }: Comparison,
  found: Explained & { readonly inRepeatedHours: boolean; readonly isCarried: boolean },
): Warning {
  const { footer } = file
  const { explanation, keepsPlaceholders, inRepeatedHours, isCarried } = found
  const other = keep === 'first' ? 'last' : 'first'
  const versions =
    explanation.cause === 'versions'
      ? versionsIn(file, explanation)
      : explanation.cause === 'key'
        ? `; if they are different bars: ${toldApart(file, explanation)}`
        : ''
  // a later file of a sequence cannot change one that is published
  const advice = isCarried ? '' : `; --keep ${other} (in the function: keep: "${other}") keeps the ${other}`
  const placeholders = keepsPlaceholders ? '; most rows that stay have no price, where the removed ones have one' : ''
  const clocks = inRepeatedHours
    ? '; they lie in the hour that clocks show twice when daylight saving time ends: if the times are local, write them in UTC'
    : ''
  return {
    code: 'conflicting-duplicates',
    message: `${someRows(conflicting, footer.rows, HAVE)} other prices than the row that stays, the ${keep} of its series and time${versions}${placeholders}${clocks}${advice}`,
  }
}
