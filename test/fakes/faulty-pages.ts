/** A place where pages of new columns wait and do not stay what they are: what a fault of an encoder, a disk or memory does. */

import { crc32 } from 'node:zlib'
import type { NewPages } from '../../functions/enrich/enrich.ts'
import { PAGE_HEADER } from '../../functions/parquet/format/fields.ts'
import { ThriftStruct, thrift } from '../../functions/parquet/format/thrift.ts'
import { concatBytes } from '../../functions/shared/concat-bytes.ts'
import { PageStore, type StoredPage } from '../../functions/shared/page-store.ts'

/**
 * @param faulty which page, counted from 0 in the order in which they are encoded
 * @param change of its bytes; those returned are published
 */
export function faultyPages(faulty: number, change: (page: Uint8Array) => Uint8Array): NewPages {
  return () => {
    const store = new PageStore()
    let count = 0
    return Object.assign(store, {
      put: (bytes: Uint8Array): StoredPage => {
        return PageStore.prototype.put.call(store, count++ === faulty ? change(bytes.slice()) : bytes)
      },
    })
  }
}

/** One bit of the page's last byte, which is a value's; its checksum is as wrong as a damaged disk leaves it. */
export function flipped(page: Uint8Array): Uint8Array {
  page[page.length - 1]! ^= 1
  return page
}

/** Another bit of it with the checksum that an encoder would have made of it, and a header as long as it was. */
export function miscoded(page: Uint8Array): Uint8Array {
  const header = new ThriftStruct(page)
  for (let bit = 1; bit < 256; bit *= 2) {
    const body = page.slice(header.end)
    body[body.length - 1]! ^= bit
    const bytes = concatBytes([header.with({ [PAGE_HEADER.crc]: thrift.i32(crc32(body) | 0) }).raw, body])
    if (bytes.length === page.length) return bytes
  }
  throw new Error('no checksum is as long')
}
