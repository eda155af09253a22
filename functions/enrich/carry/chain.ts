/** Refuses earlier files in a wrong order: a bar is looked up only if it is not after the first of them. */
import type { ByteSource } from '../../shared/byte-source.ts'
import { RefusedError } from '../../shared/errors.ts'
import { maxOpenedFiles } from './look-back.ts'
import { noteIn } from './previous-state.ts'

/**
 * @param enriched opens the files, the newest first; each has to continue from the next. No more are opened than the search
 *   for bars opens
 * @param nameOf the file at a place of the list, for messages
 * @throws RefusedError `settings` when they do not
 */
export async function checkChain(
  enriched: AsyncIterable<ByteSource> | Iterable<ByteSource>,
  nameOf: (at: number) => string,
  memoryBudgetBytes: number,
  lookBack?: number,
): Promise<void> {
  let at = 0
  let after: string | null | undefined
  for await (const source of enriched) {
    const note = await noteIn(source, nameOf(at), memoryBudgetBytes)
    if (at > 0 && note.state.sha256 !== after) {
      throw new RefusedError(
        'settings',
        `${nameOf(at - 1)} does not continue from ${nameOf(at)}, which is given after it; give the enriched files before, the newest first, without a gap`,
      )
    }
    after = note.after
    if (++at === maxOpenedFiles({ lookBack })) return
  }
}
