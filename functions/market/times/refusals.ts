/** Refuses times that are missing or cannot be read, with the row and the value found. */
import { type DecodedColumn, isValid } from '../../shared/decoded-column.ts'
import { RefusedError } from '../../shared/errors.ts'

/** Throws a RefusedError that names a row, given as an index in the piece. */
export interface Refusals {
  /** For a row whose value is no time; `why` ends the sentence. */
  value(row: number, what: string, why?: string): never
  missing(row: number): never
}

/** Advice for a time of day in the place of a time. */
export const TIME_OF_DAY_ADVICE =
  'which is no point in time; if it is a time of day, name the column of the day as well: --time-column DAY --time-column TIME (in the function: columns.time, a list)'

export function refusals(label: string, firstRow: number): Refusals {
  return {
    value(row, what, why) {
      const place = `in row ${firstRow + row} (the first is row 0)`
      throw new RefusedError('time', `${label} holds ${what} ${place}${why === undefined ? '' : `, ${why}`}`)
    },
    missing(row) {
      throw new RefusedError(
        'time',
        `${label} has no value in row ${firstRow + row} (the first is row 0); every bar needs a time`,
      )
    },
  }
}

export function refuseNulls(raw: DecodedColumn, refuse: Refusals): void {
  if (!raw.validity) return
  for (let i = 0; i < raw.rows; i++) if (!isValid(raw, i)) refuse.missing(i)
}
