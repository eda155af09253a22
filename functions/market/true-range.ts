/**
 * True range: how far a bar reaches, the gap from the previous close included.
 * Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978).
 *
 * @param previousClose NaN on the first bar, whose true range is its height
 */
export function trueRange(high: number, low: number, previousClose: number): number {
  // the usual bar, told by two branches that are predicted well; comparing the three ranges would be a coin toss a bar
  if (low <= previousClose && previousClose <= high) return high - low
  if (Number.isNaN(previousClose)) return high - low
  return Math.max(high - low, Math.abs(high - previousClose), Math.abs(low - previousClose))
}
