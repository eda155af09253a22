/** Finds the state in an enriched file: two ranged reads, one of the footer and one of the state. */
import { stateDigest } from '../../market/carry/state-bytes.ts'
import { keyValueMetadata, readFooter } from '../../parquet/format/footer.ts'
import type { ByteSource } from '../../shared/byte-source.ts'
import { RefusedError } from '../../shared/errors.ts'
import { FOOTER_NOTE_KEY } from '../../shared/names.ts'
import type { CarryNote } from '../footer-note.ts'

/** @throws RefusedError `no-state` */
export async function noteIn(enriched: ByteSource, name: string, memoryBudgetBytes: number): Promise<CarryNote> {
  const note = keyValueMetadata(await readFooter(enriched, memoryBudgetBytes)).get(FOOTER_NOTE_KEY)
  const carry = carryNoteOf(note)
  if (carry) return carry
  throw new RefusedError(
    'no-state',
    `${name} has no state to continue from; ${
      note === undefined
        ? 'it has no note of parquet-supertrend in its footer, so it is not enriched, or another program rewrote it: give the enriched file as it was written'
        : 'it was enriched without carry: enrich it again with --carry (in the library: carry), or with --after for the file before it'
    }`,
  )
}

/**
 * @param name of the file, for messages
 * @throws RefusedError `no-state`, or `state-damaged` when the bytes are not those that the footer states
 */
export async function stateIn(enriched: ByteSource, name: string, memoryBudgetBytes: number): Promise<Uint8Array> {
  const { offset, length, sha256 } = (await noteIn(enriched, name, memoryBudgetBytes)).state
  if (offset + length <= enriched.byteLength) {
    const bytes = await enriched.slice(offset, offset + length)
    if (stateDigest(bytes) === sha256) return bytes.slice()
  }
  throw new RefusedError(
    'state-damaged',
    `${name} does not have the state that its footer states; it was rewritten or damaged: enrich it again`,
  )
}

/** @returns undefined for a file that was enriched without carry, and for other files */
function carryNoteOf(note: string | undefined): CarryNote | undefined {
  if (note === undefined) return undefined
  try {
    const { carry } = JSON.parse(note) as { carry?: CarryNote }
    const { offset, length } = carry?.state ?? { offset: -1, length: -1 }
    return Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length > 0 ? carry : undefined
  } catch {
    return undefined
  }
}
