/** `verify` of two folders: proves each file on its own. */
import { RefusedError } from '../../functions/shared/errors.ts'
import { counted } from '../cli/table.ts'
import { NO_ENRICHED, NO_ORIGINAL, verifiedPairs } from '../cli/verified-pairs.ts'
import { printUnproved, verifyFile, verifyLine } from './verify-file.ts'

/** @param originals folder, pattern or prefix, as is `outputs` */
export async function verifyTrees(
  originals: string,
  outputs: string,
  memoryBudgetBytes: number,
  json: boolean,
): Promise<void> {
  const { pairs, unpaired } = await verifiedPairs(originals, outputs)
  let proved = 0
  for (const { name: original, enriched } of pairs) {
    if (enriched === undefined) printUnproved({ original }, [NO_ENRICHED], json)
    else if (await isProved(original, enriched, memoryBudgetBytes, json)) proved++
  }
  for (const { enriched } of unpaired) printUnproved({ enriched }, [NO_ORIGINAL], json)
  if (!json) process.stdout.write(`${proved} of ${counted(pairs.length + unpaired.length, 'file')} verified\n`)
}

/** A file that is refused does not end the call. */
async function isProved(original: string, enriched: string, memoryBudgetBytes: number, json: boolean) {
  try {
    return await verifyFile({ original, enriched }, memoryBudgetBytes, json, verifyLine)
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    printUnproved({ original, enriched }, [`its original ${original} is refused: ${error.message}`], json)
    return false
  }
}
