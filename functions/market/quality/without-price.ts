/** Why kept rows have no price. */

/** Marks of rows whose numbers count as no prices. */
export const ALL_ZERO = 1
/** The largest or smallest value of an integer type. */
export const UNDEFINED = 2

/** Numbers of kept rows without a price, by reason. */
export interface WithoutPrice {
  /** A high, low or close is null or not finite. */
  readonly missing: number
  /** Open, high, low and close are 0. */
  readonly zero: number
  /** A high, low, close or open is the largest or smallest value of its integer type. */
  readonly undefined: number
}
