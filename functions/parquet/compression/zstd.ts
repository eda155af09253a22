/** Compresses ZSTD where Node cannot: its zlib has it since 22.15. */
import zlib from 'node:zlib'
import { rowGroup } from '../format/column-chunk.ts'
import { COMPRESSIONS, type Compression } from '../format/enumerations.ts'
import { COLUMN_CHUNK, COLUMN_META } from '../format/fields.ts'
import type { Footer } from '../format/footer.ts'
import { asStruct } from '../format/thrift.ts'

const ofNode: CompressBytes | undefined = zlib.zstdCompressSync

/** The level that Node takes if none is named. */
const LEVEL = 3
const ZSTD = COMPRESSIONS.indexOf('ZSTD')

type CompressBytes = (bytes: Uint8Array) => Uint8Array

/** The compression of WebAssembly, which a process loads at most once. */
class LoadedZstd {
  #compress: CompressBytes | undefined

  async load(): Promise<void> {
    if (this.#compress) return
    const { Zstd } = await import('@hpcc-js/wasm-zstd')
    const zstd = await Zstd.load()
    this.#compress = (bytes) => zstd.compress(bytes, LEVEL)
  }

  compress(bytes: Uint8Array): Uint8Array {
    if (!this.#compress) throw new Error('ZSTD has not been prepared')
    return this.#compress(bytes)
  }
}

const loadedZstd = new LoadedZstd()

/**
 * Has to be called before pages are written that go into a file with this footer, or are compressed otherwise. Loads the
 * reference implementation as WebAssembly if it will be needed and Node lacks it, which takes 0.3 s.
 */
export async function prepareZstd(footer: Footer, other?: Compression): Promise<void> {
  if (ofNode || (other !== 'ZSTD' && !hasZstd(footer))) return
  await loadedZstd.load()
}

function hasZstd(footer: Footer): boolean {
  return footer.rowGroups.some((_, i) =>
    rowGroup(footer, i).columns.some(
      (column) => asStruct(column).struct(COLUMN_CHUNK.metadata)?.integer(COLUMN_META.codec) === ZSTD,
    ),
  )
}

/**
 * Without ZSTD in Node the result is that of Node 24 for up to 256 KiB. A longer result decompresses to the same bytes and
 * differs itself, because Node compresses in steps.
 */
export function compressZstd(bytes: Uint8Array): Uint8Array {
  return ofNode ? ofNode(bytes) : loadedZstd.compress(bytes)
}
