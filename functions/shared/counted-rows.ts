/** Counts of rows as messages state them. */

/** The verb of {@link someRows} that most messages need. */
export const HAVE = ['has', 'have'] as const

/**
 * How many of all rows, such as "1 of 60 rows has", and what they do.
 * @param verb of one row, and of several
 */
export function someRows(some: number, all: number, [one, several]: readonly [string, string]): string {
  return `${some} of ${rowCountText(all)} ${some === 1 ? one : several}`
}

export function rowCountText(count: number): string {
  return count === 1 ? '1 row' : `${count} rows`
}
