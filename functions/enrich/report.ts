/** The report on an enriched file: its counts, its warnings, and whether its duplicates or warnings refuse it. */
import type { RemovedRows, RowSet } from '../market/duplicates/row-set.ts'
import { ROW_SET_BYTES_PER_ROW } from '../market/duplicates/row-set.ts'
import type { Quality } from '../market/quality/quality.ts'
import { type RowFacts, type Warning, warningsOf } from '../market/quality/warnings.ts'
import { quoted, RefusedError } from '../shared/errors.ts'
import { checkFits } from '../shared/memory-budget.ts'
import { judgeOverlap } from './carry/judge-overlap.ts'
import type { Overlap } from './carry/overlap.ts'
import type { CarriedOn } from './carry/sequence.ts'
import { DEFAULT_NEW_COLUMNS } from './chosen-columns.ts'
import type { Computed } from './compute.ts'
import { type Comparison, compareDuplicates, REPORTED_CONFLICTS } from './conflicts/compare-duplicates.ts'
import { judgeConflicts } from './conflicts/judge-conflicts.ts'
import { MARKED_ROWS } from './footer-note.ts'
import type { MarketFile } from './market-file.ts'
import type { EnrichSettings } from './settings.ts'
import type { SupertrendColumns } from './supertrend-columns.ts'

export interface Report {
  readonly quality: Quality
  /** Why the file must not be published; undefined when it may be. */
  readonly refusal: RefusedError | undefined
  /** The first rows of the output that others were removed for, counted from 0. */
  readonly duplicatesAt: readonly number[]
}

/** Compares each removed row with the row that is kept in its place, and reads again what may explain conflicts. */
export async function reportFor(
  file: MarketFile,
  settings: EnrichSettings,
  computed: Computed,
  writer: SupertrendColumns,
  carried?: Pick<CarriedOn, 'overlap' | 'newSeries'>,
): Promise<Report> {
  const { footer } = file
  const { removed, pairs } = computed
  if (removed.size > 0) {
    // the rows that are removed, those kept in their places, and those that conflict
    const needed = 3 * footer.rows * ROW_SET_BYTES_PER_ROW
    checkFits(`a file of ${footer.rows} rows with duplicates`, needed, settings.memoryBudgetBytes)
  }
  const kept = pairs.keptRows(footer.rows)
  const comparison = await compareDuplicates(file, { pairs, removed, kept })
  // explaining conflicts reads some times again, and their warnings are about all rows
  const timeWarnings = file.times.warnings()
  const judgement = await judgeConflicts(file, settings, computed, comparison, carried !== undefined)
  const ofOverlap = carried && judgeOverlap(carried.overlap, settings, footer.rows, writer.rowsWritten)
  const warnings = [
    ...judgement.warnings,
    ...(ofOverlap?.warnings ?? []),
    ...warningsOf({ ...factsOf(file, settings, computed, writer), ...carriedFacts(carried, computed) }),
    ...timeWarnings,
    ...footer.warnings.list(),
  ]
  return {
    quality: {
      ...qualityOf(file, computed, comparison, writer.rowsWritten, warnings),
      ...overlapCounts(computed, carried?.overlap, comparison),
    },
    refusal: refusalOf(judgement.refusal ?? ofOverlap?.refusal, settings, warnings),
    duplicatesAt: markedRows(kept, removed),
  }
}

function qualityOf(
  { footer, times }: MarketFile,
  computed: Computed,
  { conflicting, conflicts }: Comparison,
  rowsWritten: number,
  warnings: readonly Warning[],
): Quality {
  const { removed, firstTime, lastTime, usualStep } = computed
  if (rowsWritten !== footer.rows - removed.size) {
    throw new Error(`${footer.rows} rows less ${removed.size} removed are not ${rowsWritten}`)
  }
  return {
    rowsRead: footer.rows,
    rowsWritten,
    duplicatesDropped: removed.size,
    duplicatesAgreeing: removed.size - conflicting,
    duplicatesConflicting: conflicting,
    conflicts,
    rowsOutOfOrder: computed.rowsOutOfOrder,
    rowsWithoutPrice: computed.rowsWithoutPrice,
    rowsWithoutPriceBy: computed.rowsWithoutPriceBy,
    rowsInconsistent: computed.rowsInconsistent,
    series: computed.series,
    gaps: computed.gaps,
    firstTime: firstTime === undefined ? null : times.format(firstTime),
    lastTime: lastTime === undefined ? null : times.format(lastTime),
    stepSeconds: usualStep === undefined ? null : times.seconds(usualStep),
    warnings,
  }
}

/** The counts of duplicates, with those of rows that earlier files have. */
function overlapCounts({ removed, carried }: Computed, overlap: Overlap | undefined, comparison: Comparison) {
  if (!overlap) return {}
  const all = comparison.conflicting + overlap.conflicting
  const conflicts = [...comparison.conflicts, ...overlap.conflicts].toSorted((a, b) => a.row - b.row)
  return {
    duplicatesAgreeing: removed.size - all,
    duplicatesConflicting: all,
    conflicts: conflicts.slice(0, REPORTED_CONFLICTS),
    duplicatesOfPrevious: carried.size,
  }
}

/**
 * Facts that are others in a sequence of files: few rows per series are usual there, also before the first value, and a day
 * without trade has no rows. Series that all have one and the same time are symbols, such as in a file of daily bars; a number
 * of the row would differ in its time.
 */
function carriedFacts(
  carried: Pick<CarriedOn, 'newSeries'> | undefined,
  { firstTime, lastTime }: Pick<Computed, 'firstTime' | 'lastTime'>,
): Partial<RowFacts> {
  return carried
    ? { series: firstTime === lastTime ? 0 : carried.newSeries, isEmpty: false, setsWithoutValues: [] }
    : {}
}

/** The facts that warnings follow from. */
function factsOf(
  { footer, columns, descriptions }: MarketFile,
  { supertrends, newColumns = DEFAULT_NEW_COLUMNS, double = false }: EnrichSettings,
  { series, rowsWithoutPrice, rowsWithoutPriceBy, rowsHighBelowLow, rowsCloseOutside }: Computed,
  writer: SupertrendColumns,
): RowFacts {
  const hasBands = newColumns.includes('ub') || newColumns.includes('lb')
  const sets = supertrends.map(({ definition, period, multiplier }, set) => {
    const line = writer.lineBounds(set)
    return {
      name: `Supertrend ${period}, ${multiplier} (${definition})`,
      isEmpty: !line,
      isInfinite: hasBands && [line?.min, line?.max].some((bound) => Math.abs(bound ?? 0) === Infinity),
    }
  })
  const [symbol] = columns.series
  return {
    rows: writer.rowsWritten,
    series,
    symbolColumn: symbol === undefined ? undefined : quoted(descriptions[symbol]!.name),
    withoutPrice: rowsWithoutPrice,
    zeroPrice: rowsWithoutPriceBy.zero,
    undefinedPrice: rowsWithoutPriceBy.undefined,
    highBelowLow: rowsHighBelowLow,
    closeOutside: rowsCloseOutside,
    isEmpty: footer.rows === 0,
    setsWithoutValues: sets.flatMap(({ name, isEmpty }) => (isEmpty ? [name] : [])),
    setsWithInfiniteBands: sets.flatMap(({ name, isInfinite }) => (isInfinite ? [name] : [])),
    floatBits: double ? 64 : 32,
  }
}

function refusalOf(
  refusal: RefusedError | undefined,
  { strict }: EnrichSettings,
  warnings: readonly Warning[],
): RefusedError | undefined {
  if (refusal) return new RefusedError(refusal.code, refusal.message, { warnings })
  if (!strict || warnings.length === 0) return undefined
  const found = warnings.map(({ message }) => message).join('; ')
  return new RefusedError('warnings', `${found}; refused because of --strict (in the function: strict)`, { warnings })
}

function markedRows(kept: RowSet, removed: RemovedRows): number[] {
  const rows: number[] = []
  for (let row = 0; rows.length < Math.min(kept.size, MARKED_ROWS); row++) {
    row = kept.nextIn(row, Number.POSITIVE_INFINITY)
    rows.push(row - removed.rankOf(row))
  }
  return rows
}
