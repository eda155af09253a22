/**
 * Bytes that can be read at any place: a local file, an S3 object, an array in a test.
 *
 * `slice` resolves to exactly `end - start` bytes or rejects. The caller may offer a buffer that the bytes may be put
 * into; the result is then valid until the buffer is offered again.
 */
export interface ByteSource {
  readonly byteLength: number
  slice(start: number, end: number, into?: Uint8Array): Promise<Uint8Array>
}
