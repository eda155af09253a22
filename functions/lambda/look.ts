/** Steps 1 and 2 of reconcile: looks at the objects of a key. */
import { keptMemory } from '../shared/kept-memory.ts'
import { openCurrentObject, openObject } from '../storage/object-source.ts'
import { SourceDeniedError } from '../storage/source-errors.ts'
import { identityOf } from './identity.ts'
import { addressOf, find, findSource } from './objects.ts'
import type { Found, Look, Work } from './work.ts'

/** The objects that the function wrote for an input that was deleted. */
export interface LeftObjects {
  readonly source: undefined
  readonly output: Found | undefined
  readonly report: Found | undefined
}

/**
 * 1. Looks at the objects that the function wrote. 2. Then looks at the source, which is therefore not older than they
 * are.
 */
export async function fullLook(work: Work): Promise<Look | LeftObjects> {
  const [output, report] = await Promise.all([find(work, 'output'), find(work, 'report')])
  const source = await findSource(work)
  if (!source) return { source, output, report }
  return {
    source,
    open: () => openObject(work.s3, source, work.signal),
    identity: identityOf(source, work.enrich, work.deployment, work.timeoutSeconds, work.carry),
    output,
    report,
  }
}

/** The whole look, and the work after it, are on one file. */
function keptRoom(length: number): Uint8Array {
  return new Uint8Array(keptMemory(length), 0, length)
}

/**
 * Reads a new and small object at once, in parallel with the look for a report, which saves two round trips. The write
 * then has the condition that there is no output.
 * @returns undefined when the object or the report is not as expected, so that a full look is needed
 */
export async function quickLook(work: Work): Promise<Look | undefined> {
  const reading = openCurrentObject(work.s3, addressOf(work, 'input'), work.signal, keptRoom).catch((error) => {
    // the full look finds the object that S3 denies
    if (error instanceof SourceDeniedError) return undefined
    throw error
  })
  const [report, current] = await Promise.all([find(work, 'report'), reading])
  if (report || !current) return undefined
  const { object: source, source: bytes } = current
  return {
    source,
    open: async () => bytes,
    identity: identityOf(source, work.enrich, work.deployment, work.timeoutSeconds, work.carry),
    output: undefined,
    report,
  }
}
