/** Refusals of pages that have fewer or more bytes than their values take. */
import type { Bytes } from '../../shared/byte-window.ts'
import { damaged } from '../format/page-header.ts'
import type { Page } from './page.ts'

/** Bytes that may follow the last value. */
const PADDING_BYTES = 64

/**
 * Checks that a page ends after its values: readers differ in what they read from a page with more bytes. (Pages
 * of indices may be longer: DuckDB fills the last group up to 256 values.)
 */
export function checkEnd(page: Page, left: Bytes): Promise<void> | undefined {
  const view = left.atLeast(PADDING_BYTES + 1)
  if (view instanceof Promise) return view.then(() => checkEnd(page, left))
  if (view.length <= PADDING_BYTES) return undefined
  const { label, at, values } = page
  throw damaged(label, `the page at byte ${at} states ${values} values and goes on after them`)
}

export function tooShort({ label, at, values }: Page): Error {
  return damaged(label, `the page at byte ${at} states ${values} values and ends before them`)
}
