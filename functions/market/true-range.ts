/**
 * True range: how far a bar reaches, the gap from the previous close included.
 * Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978).
 *
 * @param previousClose NaN on the first bar, whose true range is its height
 */
export function trueRange(high: number, low: number, previousClose: number): number {
  const height = high - low
  if (Number.isNaN(previousClose)) return height
  // by comparison: Math.max would do the same with two more checks for NaN and -0 per bar
  const up = Math.abs(high - previousClose)
  const down = Math.abs(low - previousClose)
  const reach = up > down ? up : down
  return height > reach ? height : reach
}
