/** The contents that keys get in these tests, with what becomes of them. */
import { barsFile, enrichBytes, someBars } from '../../parquet-files.ts'

export interface Content {
  readonly bytes: Uint8Array
  /** Undefined for one that cannot be enriched. */
  readonly enriched: Uint8Array | undefined
  /** How it is uploaded: in one request, or in parts. */
  readonly isInParts: boolean
}

async function good(bytes: Uint8Array, isInParts = false): Promise<Content> {
  return { bytes, enriched: (await enrichBytes(bytes)).output, isInParts }
}

const bars = someBars(200)
/** Larger than the 5 MiB from which S3 copies the input's bytes. */
const large = (seed: number) => barsFile(someBars(120_000, seed), { codec: 'UNCOMPRESSED' })

export const CONTENTS = {
  a: await good(barsFile(bars)),
  b: await good(barsFile(someBars(200, 2))),
  /** Rows go from it: the output is a new file, and the rows are kept elsewhere. */
  duplicates: await good(barsFile([...bars, ...bars.slice(-4)])),
  largeA: await good(large(1)),
  largeB: await good(large(2)),
  inPartsA: await good(large(1), true),
  inPartsB: await good(large(2), true),
  corrupt: { bytes: new TextEncoder().encode('time,open,high,low,close\n'), enriched: undefined, isInParts: false },
} satisfies Record<string, Content>
