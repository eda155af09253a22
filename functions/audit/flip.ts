/** A flip as the library lists it. It imports nothing, so that the types of the package stay few. */

/** A bar at which the trend of its series changes its side. */
export interface Flip {
  /** ISO 8601, with a zone if the file's times have one. */
  readonly time: string
  /** Its series, safe to print; null when the file is one series, and for rows without a symbol. */
  readonly symbol: string | null
  /** The end of the names of the columns, such as `_10_1`; null for the only parameter set of a file. */
  readonly set: string | null
  /** The new side. */
  readonly side: 'up' | 'down'
  /** The close of the bar. */
  readonly price: number
  /** The active band at the bar: the lower one in an upward trend, the upper one in a downward trend. */
  readonly line: number
  /** The number of the new trend of its series, as in `st_trend_segment`. */
  readonly segment: number
  /** Row of the file, counted from 0. */
  readonly row: number
  /** Bars from this one to the last of its trend, which is that of the file or the one before the next flip. */
  readonly bars: number
  /** Change of the close over these bars, as a share: 0.02 is a rise of 2 %. */
  readonly return: number
}
