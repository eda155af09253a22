/** The end of a parquet file: footer, its length in four bytes, magic. The file begins with the magic, too. */

export const MAGIC = 'PAR1'
export const MAGIC_BYTES = Uint8Array.of(0x50, 0x41, 0x52, 0x31)

/** Bytes after the footer. */
export const END_BYTES = 8

/** The bytes after a footer. */
export function fileEnd(footerLength: number): Uint8Array {
  const end = new Uint8Array(END_BYTES)
  new DataView(end.buffer).setUint32(0, footerLength, true)
  end.set(MAGIC_BYTES, 4)
  return end
}

/** @param bytes that end with the file, at least END_BYTES */
export function footerLengthIn(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset + bytes.length - END_BYTES).getUint32(0, true)
}
