/** Pairs the originals of a folder or a pattern with their enriched files. */
import path from 'node:path'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'
import { type BatchFile, batchFiles } from './batch-files.ts'
import { isObject, manyOf, parquetName } from './locations.ts'

/** An original with its enriched file, of which one may be missing. */
export interface Pair {
  /** Of the original; of one that is missing, as it would be. */
  readonly name: string
  readonly isMissing: boolean
  readonly enriched: string | undefined
  /** The file of removed rows; undefined where there is none, or none is wanted. */
  readonly dropped?: string | undefined
  /** Which file is missing; none for a pair that can be proved. */
  readonly problems: readonly string[]
}

export const NO_ORIGINAL = 'it has no original'
const NO_ENRICHED = 'it has no enriched file'
const NO_DROPPED = 'it has no file of removed rows'

/**
 * @param droppedDir folder of the files of removed rows; it may be in one of the others
 * @returns each original, the enriched files without one, and the files of removed rows without either
 * @throws RefusedError `path` when a folder or a pattern has no file
 */
export async function verifiedPairs(original: string, enriched: string, droppedDir?: string) {
  const droppeds = droppedDir === undefined ? undefined : await droppedFiles(droppedDir, [original, enriched])
  const ofRemovedRows = new Set(droppeds?.map(({ name }) => wholePath(name)))
  const isOfBars = ({ name }: BatchFile) => !ofRemovedRows.has(wholePath(name))
  // the folder of the enriched files may be in that of the originals
  const originals = await batchFiles([original], enriched)
  const outputs = await batchFiles([enriched])
  return pairedByPlace(originals.filter(isOfBars), outputs.filter(isOfBars), droppeds)
}

async function droppedFiles(folder: string, others: readonly string[]): Promise<BatchFile[]> {
  if (!(await manyOf(folder))) throw new RefusedError('path', `--dropped-dir: there is no folder ${quoted(folder)}`)
  if (others.some((other) => wholePath(other) === wholePath(folder))) {
    throw new RefusedError('path', `--dropped-dir names the folder ${quoted(folder)} of other files; name another`)
  }
  return batchFiles([folder])
}

function wholePath(name: string): string {
  return isObject(name) ? name : path.resolve(name)
}

function byPlace(files: readonly BatchFile[]): Map<string, string> {
  return new Map(files.map(({ place, name }) => [place, name]))
}

function pairedByPlace(
  originals: readonly BatchFile[],
  outputs: readonly BatchFile[],
  droppeds: readonly BatchFile[] | undefined,
) {
  const left = byPlace(outputs)
  const removed = droppeds && byPlace(droppeds)
  const pairs = originals.map(({ name, place }): Pair => {
    const output = parquetName(place)
    const enriched = takenOut(left, output)
    const dropped = takenOut(removed, output)
    const lacksDropped = removed !== undefined && dropped === undefined
    const problems = enriched === undefined ? [NO_ENRICHED] : lacksDropped ? [NO_DROPPED] : []
    return { name, isMissing: false, enriched, dropped, problems }
  })
  const [first] = originals
  const folder = first?.name.endsWith(first.place) ? first.name.slice(0, -first.place.length) : ''
  const unpaired = [...left].map(([place, enriched]) => ({
    name: folder + place,
    isMissing: true,
    enriched,
    problems: [NO_ORIGINAL],
  }))
  for (const place of left.keys()) removed?.delete(place)
  return { pairs, unpaired, alone: [...(removed?.values() ?? [])] }
}

function takenOut(files: Map<string, string> | undefined, place: string): string | undefined {
  const name = files?.get(place)
  files?.delete(place)
  return name
}
