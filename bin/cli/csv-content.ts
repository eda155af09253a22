/** Recognises a CSV by its content, for streams, which have no name that says what they are. */
import { open } from 'node:fs/promises'
import { constants, gunzipSync } from 'node:zlib'
import { FORMAT_BYTES, isCsvText } from '../../functions/parquet/format/other-format.ts'

/** @returns how the name of such a file ends; undefined when it is no CSV */
export async function csvEnding(name: string): Promise<'.csv' | '.csv.gz' | undefined> {
  const head = await headOf(name)
  if (head.length === 0) return undefined
  if (isCsvText(head)) return '.csv'
  const text = unpackedHead(head)
  return text && isCsvText(text) ? '.csv.gz' : undefined
}

async function headOf(name: string): Promise<Uint8Array> {
  const file = await open(name)
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(FORMAT_BYTES), 0, FORMAT_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** @returns undefined when it is not compressed with gzip */
function unpackedHead(head: Uint8Array): Uint8Array | undefined {
  if (head[0] !== 0x1f || head[1] !== 0x8b) return undefined
  try {
    // the end is missing
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, FORMAT_BYTES)
  } catch {
    return undefined
  }
}
