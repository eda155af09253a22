/**
 * Rows that a loop goes through in one call.
 *
 * A loop over a whole piece is entered a few dozen times in a file's life: the engine replaces it while it runs, and has to
 * start with the slow code again at every call, because what comes after the loop was never seen. In calls of this many
 * rows it is fast after a few of them, and what one loop has written is still in the cache when the next one reads it.
 */
export const BLOCK_ROWS = 2048
/** The first block is short, so that the end of the loop has been seen when it becomes worth compiling. */
const FIRST_BLOCK_ROWS = 64

/** Where the block that begins at `from` ends. */
export function blockEnd(from: number, rows: number): number {
  return Math.min(rows, from + (from === 0 ? FIRST_BLOCK_ROWS : BLOCK_ROWS))
}
