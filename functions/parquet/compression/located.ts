/** Adds the place of a page to the message when it cannot be decompressed. */
import { damaged } from '../format/page-header.ts'
import { DamagedPageError } from './decompress.ts'

/** The place of a page in its file, for messages. */
export interface PagePlace {
  /** The page's offset in the file. */
  readonly at: number
  /** The name of its column. */
  readonly label: string
}

export function located<T>(page: PagePlace, decompressed: () => T): T {
  try {
    return decompressed()
  } catch (error) {
    throw locatedError(page, error)
  }
}

export function locatedError({ label, at }: PagePlace, error: unknown): unknown {
  return error instanceof DamagedPageError ? damaged(label, `the page at byte ${at} ${error.what}`, error) : error
}
