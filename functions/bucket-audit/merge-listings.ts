/**
 * Joins three listings (inputs, outputs and reports) by the name that an input has below its prefix.
 *
 * S3 lists each of them in the order of their keys. The key of a report ends in `.json`, which changes the order of two names
 * if one begins with the other: `a.parquet` comes before `a.parquet-2.parquet`, but the report of `a.parquet` comes after the
 * other report. So `mergeListings` brings inputs and outputs into the order of the reports. It only holds names that begin
 * with each other, so the length of a key bounds the memory.
 */
import { compareKeys } from '../shared/key-order.ts'
import type { ListedObject } from '../storage/list-objects.ts'

export interface NamedObject {
  /** The key of the input without the input prefix. */
  readonly name: string
  readonly object: ListedObject
}

/** The objects of one name; at least one of the three is listed. */
export interface Entry {
  readonly name: string
  readonly input: ListedObject | undefined
  readonly output: ListedObject | undefined
  readonly report: ListedObject | undefined
}

export const REPORT_ENDING = '.json'

/** @yields one entry for each name, in the order of `compareReports` */
export async function* mergeListings(
  inputs: AsyncIterable<NamedObject>,
  outputs: AsyncIterable<NamedObject>,
  reports: AsyncIterable<NamedObject>,
): AsyncGenerator<Entry, undefined> {
  const sides = [inReportOrder(inputs), inReportOrder(outputs), reports[Symbol.asyncIterator]()] as const
  const heads: (NamedObject | undefined)[] = await Promise.all(sides.map(async (side) => (await side.next()).value))
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

/** @yields names in the order of their reports; they arrive in the order of their bytes */
async function* inReportOrder(names: AsyncIterable<NamedObject>): AsyncGenerator<NamedObject, undefined> {
  // each name begins with the one that arrived before it; the list is in the order of the reports
  const held: NamedObject[] = []
  for await (const next of names) {
    // a name that does not begin the next one begins none that follows, so its place is known
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
