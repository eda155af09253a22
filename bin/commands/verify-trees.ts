/** `verify` of two folders: proves each file on its own. */
import { RefusedError } from '../../functions/shared/errors.ts'
import { counted } from '../cli/table.ts'
import { NO_ORIGINAL, verifiedPairs } from '../cli/verified-pairs.ts'
import { printUnproved, type VerifiedFile, verifyFile, verifyLine } from './verify-file.ts'

/** Folders, patterns or prefixes. */
export interface Trees {
  readonly original: string
  readonly enriched: string
  readonly droppedDir: string | undefined
}

export async function verifyTrees(
  { original, enriched, droppedDir }: Trees,
  memoryBudgetBytes: number,
  json: boolean,
): Promise<void> {
  const { pairs, unpaired, alone } = await verifiedPairs(original, enriched, droppedDir)
  let proved = 0
  for (const { name: original, enriched, dropped, problems } of pairs) {
    if (enriched === undefined || problems.length > 0) printUnproved({ original, enriched }, problems, json)
    else if (await isProved({ original, enriched, dropped }, memoryBudgetBytes, json)) proved++
  }
  for (const { enriched, problems } of unpaired) printUnproved({ enriched }, problems, json)
  for (const dropped of alone) printUnproved({ dropped }, [NO_ORIGINAL], json)
  const files = pairs.length + unpaired.length + alone.length
  if (!json) process.stdout.write(`${proved} of ${counted(files, 'file')} verified\n`)
}

/** A file that is refused does not end the call. */
async function isProved(names: VerifiedFile, memoryBudgetBytes: number, json: boolean): Promise<boolean> {
  const { original, enriched } = names
  try {
    return await verifyFile(names, memoryBudgetBytes, json, verifyLine)
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    printUnproved({ original, enriched }, [`its original ${original} is refused: ${error.message}`], json)
    return false
  }
}
