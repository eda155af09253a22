/** Files of sequences, and how users enrich them through the library. */
import { readFile } from 'node:fs/promises'
import { type EnrichedParquet, type EnrichOptions, enrichParquet } from '../functions/library.ts'
import { concatBytes } from '../functions/shared/concat-bytes.ts'
import { type Bar, barsFile, readRowsOf } from './parquet-files.ts'

/** Minutes, in the file of ten days. */
const BARS_OF_A_SESSION = 390

export interface SequenceFile extends Pick<EnrichedParquet, 'quality' | 'layout' | 'state'> {
  readonly output: Uint8Array
}

export async function enrichFile(bytes: Uint8Array, options: EnrichOptions): Promise<SequenceFile> {
  const { quality, layout, state, bytes: output, close } = await enrichParquet(bytes, options)
  const pieces: Uint8Array[] = []
  for await (const piece of output()) pieces.push(piece.slice())
  close()
  return { quality, layout, state, output: concatBytes(pieces) }
}

/** Enriches one file after the other. Each may have bars of all before. */
export async function enrichSequence(files: readonly Uint8Array[], options: EnrichOptions = {}) {
  const enriched: SequenceFile[] = []
  for (const bytes of files) {
    const after = enriched.map(({ output }) => output).toReversed()
    enriched.push(await enrichFile(bytes, { ...options, ...(after.length > 0 ? { after } : { carry: true }) }))
  }
  return enriched
}

/** @returns ten days of minute bars as one file, and a file for each of them */
export async function tenDays() {
  const { pathname } = new URL('./golden/cases/F15-ten-days.parquet', import.meta.url)
  const bars = (await readRowsOf(pathname)).map((row) => ({
    ...(row as unknown as Bar),
    time: Number(row.datetime),
    volume: Number(row.volume),
  }))
  const days = inFiles(bars, BARS_OF_A_SESSION)
  return { whole: await readFile(pathname), days }
}

/** @returns the bars as files with so many each */
export function inFiles(bars: readonly Bar[], count: number): Uint8Array[] {
  const files = Math.ceil(bars.length / count)
  return Array.from({ length: files }, (_, i) => barsFile(bars.slice(i * count, (i + 1) * count)))
}
