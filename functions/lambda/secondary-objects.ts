/**
 * Writes the objects beside an output: a page that draws the trend, and a file of the removed rows. Each has an identity of
 * its own. They are written after the output, so they never delay the data. An object that does not belong to the
 * output is replaced or deleted.
 */
import type { Enriched } from '../enrich/enrich.ts'
import { RefusedError } from '../shared/errors.ts'
import { CHART_POINTS, OBJECT_METADATA } from '../shared/names.ts'
import type { ObjectSource } from '../storage/object-source.ts'
import { PARQUET_CONTENT_TYPE, putObject, writeObject } from '../storage/publish-object.ts'
import { SourceChangedError } from '../storage/source-errors.ts'
import { ConflictError, UncertainWriteError, type WriteTarget } from '../storage/write-target.ts'
import { identityMetadata, isOfNewerDeployment, isSameOutput } from './identity.ts'
import { announcedSource } from './notice.ts'
import { addressOf, find, remove } from './objects.ts'
import { MAX_HELD_MIB, outputInMemory } from './output-in-memory.ts'
import { type Found, type Look, leftToNewer, type Work } from './work.ts'

const KINDS = ['chart', 'dropped'] as const
type Kind = (typeof KINDS)[number]

/** Whether an object of this kind belongs beside the output. */
function belongs(kind: Kind, { source }: Look, rowsRemoved: number): boolean {
  return kind === 'chart' ? source.size <= MAX_HELD_MIB * 2 ** 20 : rowsRemoved > 0
}

function wantedKinds({ keys }: Work): Kind[] {
  return KINDS.filter((kind) => keys[kind] !== undefined)
}

/** True when all objects beside the published output are the ones that it requires. */
export async function areSecondariesRight(work: Work, look: Look): Promise<boolean> {
  const output = look.output?.own
  const rowsRemoved = Number(output?.metadata[OBJECT_METADATA.duplicatesDropped] ?? 0)
  const states = await Promise.all(
    wantedKinds(work).map(async (kind) => {
      const found = await find(work, kind)
      if (found && !found.own) return true
      const isRight = output !== undefined && found?.own !== undefined && isSameOutput(found.own, output)
      return belongs(kind, look, rowsRemoved) ? isRight : !found
    }),
  )
  return states.every((isRight) => isRight)
}

export interface SecondaryResult {
  readonly hasChanged: boolean
  /** An UncertainWriteError before all others; undefined when all went well. */
  readonly failure: unknown
}

/** @throws ConflictError or SourceChangedError when the key changed meanwhile */
export async function writeSecondaries(
  work: Work,
  look: Look,
  source: ObjectSource,
  enriched: Enriched,
): Promise<SecondaryResult> {
  let [hasChanged, failure]: [boolean, unknown] = [false, undefined]
  for (const kind of wantedKinds(work)) {
    try {
      const found = await find(work, kind)
      if (found && (!found.own || isOfNewerDeployment(found.own, work.deployment))) continue
      if (belongs(kind, look, enriched.quality.duplicatesDropped)) {
        const onlyIf = found ?? ('new' as const)
        const target = { ...addressOf(work, kind), metadata: identityMetadata(look.identity), onlyIf }
        await (kind === 'chart' ? writeChart : writeRemovedRows)(work, target, source, enriched)
        hasChanged = true
      } else if (found) {
        await remove(work, kind, found)
        hasChanged = true
      }
    } catch (error) {
      if (error instanceof ConflictError || error instanceof SourceChangedError) throw error
      // work that the deadline cut off is counted
      if (work.signal.aborted) throw error
      failure = worse(failure, error)
      hasChanged = mayTakeEffect(work, error) || hasChanged
    }
  }
  // no chart is better than one of an older output
  if (failure === undefined) return { hasChanged, failure }
  const strays = await removeStraySecondaries(work)
  return { hasChanged: hasChanged || strays.hasChanged, failure: worse(failure, strays.failure) }
}

/**
 * Deletes the objects that do not belong to the output that is there. A worker may just have replaced such an object by one
 * with equal bytes that belongs to a new output. S3 compares ETags and deletes it too, so the caller looks at the output
 * again if anything has changed.
 * @throws ConflictError when the key changed meanwhile
 */
export async function removeStraySecondaries(work: Work): Promise<SecondaryResult> {
  let hasChanged = false
  try {
    for (const [kind, found] of await straySecondaries(work)) {
      await remove(work, kind, found)
      hasChanged = true
    }
  } catch (error) {
    if (error instanceof ConflictError || work.signal.aborted) throw error
    return { hasChanged: mayTakeEffect(work, error) || hasChanged, failure: error }
  }
  return { hasChanged, failure: undefined }
}

function mayTakeEffect({ onUncertain }: Work, error: unknown): boolean {
  if (!(error instanceof UncertainWriteError)) return false
  onUncertain?.(error)
  return true
}

/** The message about a write that may still take effect has to wait for it. */
function worse(failure: unknown, other: unknown): unknown {
  return other instanceof UncertainWriteError ? other : (failure ?? other)
}

/** @param metadata of the output or the report that is announced already */
export function secondaryFailureOf({ failure }: SecondaryResult, metadata: Readonly<Record<string, string>>) {
  return failure === undefined ? undefined : { error: failure, source: announcedSource(metadata) }
}

export async function haveStraySecondaries(work: Work): Promise<boolean> {
  return (await straySecondaries(work)).length > 0
}

/** Looks at the output last. It is written first, so an object of an earlier output cannot belong to a later one. */
async function straySecondaries(work: Work): Promise<[Kind, Found][]> {
  const all = await Promise.all(wantedKinds(work).map(async (kind) => [kind, await find(work, kind)] as const))
  const own = all.flatMap(([kind, found]): [Kind, Found][] => (found?.own ? [[kind, found]] : []))
  if (own.length === 0) return []
  const output = (await find(work, 'output'))?.own
  return own.filter(([, found]) => !output || !isSameOutput(found.own!, output))
}

/**
 * Deletes all objects beside an output, after the input and the output are gone.
 * @returns whether there were any
 */
export async function removeSecondaries(work: Work): Promise<boolean> {
  let wereThere = false
  for (const kind of wantedKinds(work)) {
    const found = await find(work, kind)
    if (!found) continue
    if (found.own && isOfNewerDeployment(found.own, work.deployment)) {
      throw leftToNewer(work, 'its settings say what stays of a deleted object')
    }
    await remove(work, kind, found)
    wereThere = true
  }
  return wereThere
}

type Target = Omit<WriteTarget, 'contentType'>

async function writeRemovedRows({ s3, signal }: Work, target: Target, _: ObjectSource, enriched: Enriched) {
  await writeObject(s3, { ...target, contentType: PARQUET_CONTENT_TYPE }, enriched.droppedBytes(), signal)
}

async function writeChart(work: Work, target: Target, source: ObjectSource, enriched: Enriched): Promise<void> {
  const page = await chartOf(work, source, enriched)
  const contentType = 'text/html; charset=utf-8'
  await putObject(work.s3, { ...target, contentType }, Buffer.from(page), work.signal)
}

async function chartOf({ keys, enrich }: Work, source: ObjectSource, enriched: Enriched): Promise<string> {
  // loaded only where charts are wanted
  const [{ chartData }, { chartPage }, { readPageFiles }] = await Promise.all([
    import('../chart/chart-data.ts'),
    import('../chart/chart-page.ts'),
    import('../chart/page-files.ts'),
  ])
  const file = await outputInMemory(source, enriched)
  const title = keys.input.split('/').at(-1)!
  try {
    const data = await chartData(file, enrich, { title, points: CHART_POINTS })
    return chartPage(data, await readPageFiles())
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    // sorting the rows needs too much memory; without a page that states this, each look would try to draw again
    return `<!doctype html><meta charset="utf-8"><title>No chart</title><p>This file is not drawn: its rows are out of order, and sorting them takes more memory than the function has.</p>\n`
  }
}
