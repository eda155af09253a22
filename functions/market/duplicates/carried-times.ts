/** The last times of the series in earlier files. */
export interface CarriedTimes {
  /**
   * Whether a time is at or before the last one of the series in earlier files, so that only those files can show whether it
   * is a duplicate.
   */
  isCarried(series: number, low: number, high: number): boolean
}
