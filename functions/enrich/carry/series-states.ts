/** The states in an enriched file, for programs that continue its series with live bars. */
import type { CarriedState } from '../../market/carry/carried-state.ts'
import { CARRIED_UNITS, recursionsAt } from '../../market/carry/carried-state.ts'
import { keyValues } from '../../market/carry/series-key.ts'
import { type SeriesSettings, type SupertrendSeriesState, seriesState } from '../../market/supertrend-series-state.ts'
import { isoText } from '../../market/times/calendar.ts'

/** A series in the state of an enriched file. */
export interface CarriedSeries {
  /** Its value in each symbol column, as text; null is the null of the file. None for a file of one series. */
  readonly symbols: readonly (string | null)[]
  /** Time of its last bar, ISO 8601. */
  readonly lastTime: string
  /** One for each parameter set, in their order. */
  readonly supertrends: readonly SupertrendSeriesState[]
}

/** @param zeroPrices the setting of the files */
export function carriedSeries(state: CarriedState, zeroPrices: SeriesSettings['zeroPrices']): CarriedSeries[] {
  const { keys, times, units, supertrends } = state
  return keys.map((key, at) => ({
    symbols: keyValues(key).map(keyPart),
    lastTime: isoText(times[at]!, CARRIED_UNITS[units[at]!]!),
    supertrends: recursionsAt(state, at).supertrends.map((of, set) =>
      seriesState({ ...supertrends[set]!, zeroPrices }, of),
    ),
  }))
}

function keyPart(value: string): string | null {
  const bytes = Buffer.from(value.slice(1), 'latin1')
  switch (value[0]) {
    case 'n':
      return null
    case 'b':
      return String(value === 'b1')
    case 'f':
      return String(bytes.readDoubleLE())
    case '#':
      return `sha256:${bytes.toString('hex')}`
    default:
      return bytes.toString()
  }
}
