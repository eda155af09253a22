/**
 * Three listings side by side: inputs, outputs and reports, joined by the name that an input has below its prefix.
 *
 * All are in the order of S3, but a report's key ends in `.json`, which changes the order of names that begin with another
 * name: `a.parquet` comes before `a.parquet-2.parquet`, and its report after that one's. So inputs and outputs are brought
 * into the order of the reports. Only names that begin each other are held for that, so memory is bounded by the length of
 * a key.
 */
import type { ListedObject } from '../storage/list-objects.ts'

export interface Named {
  /** The key of the input without the input prefix. */
  readonly name: string
  readonly object: ListedObject
}

/** What is listed of one name; at least one of the three. */
export interface Entry {
  readonly name: string
  readonly input: ListedObject | undefined
  readonly output: ListedObject | undefined
  readonly report: ListedObject | undefined
}

export const REPORT_ENDING = '.json'

/** @yields one entry for each name, in the order of `compareReports` */
export async function* mergeListings(
  inputs: AsyncIterable<Named>,
  outputs: AsyncIterable<Named>,
  reports: AsyncIterable<Named>,
): AsyncGenerator<Entry, undefined> {
  const sides = [inReportOrder(inputs), inReportOrder(outputs), reports[Symbol.asyncIterator]()] as const
  const heads: (Named | undefined)[] = await Promise.all(sides.map(async (side) => (await side.next()).value))
  for (;;) {
    let name: string | undefined
    for (const head of heads) {
      if (head && (name === undefined || compareReports(head.name, name) < 0)) name = head.name
    }
    if (name === undefined) return undefined
    const found = heads.map((head) => (head?.name === name ? head.object : undefined))
    yield { name, input: found[0], output: found[1], report: found[2] }
    for (const [i, side] of sides.entries()) if (found[i]) heads[i] = (await side.next()).value
  }
}

/** Names that come in the order of their bytes leave in the order of their reports. */
async function* inReportOrder(names: AsyncIterable<Named>): AsyncGenerator<Named, undefined> {
  // each begins with the one before it in the order of bytes; kept in the order of reports
  const held: Named[] = []
  for await (const next of names) {
    // those that do not begin the next name begin none that follows, so their order is known
    let known = 0
    for (let i = 0; i < held.length; i++) if (!next.name.startsWith(held[i]!.name)) known = i + 1
    yield* held.splice(0, known)
    let at = held.length
    while (at > 0 && compareReports(held[at - 1]!.name, next.name) > 0) at--
    held.splice(at, 0, next)
  }
  yield* held
  return undefined
}

/** The order in which S3 lists the reports of two names. */
export function compareReports(a: string, b: string): number {
  return compareKeys(a + REPORT_ENDING, b + REPORT_ENDING)
}

/** The order of S3: that of the bytes in UTF-8. The order of JavaScript differs for characters beyond U+FFFF. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

/** Surrogates, U+D800 to U+DFFF, make characters beyond U+FFFF; they come after all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
