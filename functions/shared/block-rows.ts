/**
 * Rows that a loop processes in one call.
 *
 * A loop over a whole piece runs only a few dozen times per file: V8 on-stack-replaces it while it runs, and
 * deoptimises on exit because the code after the loop was never profiled. Short blocks avoid that: after a few of them
 * the loop is compiled. They also keep what one loop has written in the cache until the next one reads it.
 */
export const BLOCK_ROWS = 2048
/** The first block is short, so that the code after the loop is profiled before the loop is compiled. */
const FIRST_BLOCK_ROWS = 64

/** The end of the block that begins at `from`. */
export function blockEnd(from: number, rows: number): number {
  return Math.min(rows, from + (from === 0 ? FIRST_BLOCK_ROWS : BLOCK_ROWS))
}
