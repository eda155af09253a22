/** Judges bars whose prices differ from those of the same bars in an earlier file, like conflicts within a file. */
import type { Warning } from '../../market/quality/warnings.ts'
import { HAVE, someRows } from '../../shared/counted-rows.ts'
import { RefusedError } from '../../shared/errors.ts'
import { REPORTED_CONFLICTS } from '../conflicts/compare-duplicates.ts'
import type { EnrichSettings } from '../settings.ts'
import type { Overlap } from './overlap.ts'

export interface OverlapJudgement {
  readonly warnings: readonly Warning[]
  readonly refusal: RefusedError | undefined
}

/**
 * @param rows of the file
 * @param written those that are new
 */
export function judgeOverlap(
  { conflicting }: Overlap,
  { conflicts, conflictLimit }: EnrichSettings,
  rows: number,
  written: number,
): OverlapJudgement {
  const noNewRows = {
    code: 'no-new-rows',
    message: `${rows === 1 ? 'the only row is' : `all ${rows} rows are`} in earlier files, so the enriched file has none; was the file before given again?`,
  }
  const warnings = rows > 0 && written === 0 ? [noNewRows] : []
  if (conflicting === 0 || conflicts === 'drop') return { warnings, refusal: undefined }
  const found = `${someRows(conflicting, rows, HAVE)} other prices than the same bars of an earlier file`
  const warning = {
    code: 'conflicting-duplicates',
    message: `${found}, which stay; if the earlier file ended with a bar that was not complete: write only complete bars`,
  }
  // a few are always allowed, as within a file: a download often ends with a bar that is not complete yet
  const isTooMany = conflicting > conflictLimit * rows && (conflictLimit === 0 || conflicting > REPORTED_CONFLICTS)
  const refusal = isTooMany
    ? new RefusedError(
        'conflicting-duplicates',
        `${found}; allowed is a share of ${conflictLimit} (--conflict-limit; in the function: conflictLimit); if prices were adjusted, enrich the whole sequence again with adjusted files; or accept the loss with --conflicts drop (in the function: conflicts: "drop")`,
      )
    : undefined
  return { warnings: [...warnings, warning], refusal }
}
