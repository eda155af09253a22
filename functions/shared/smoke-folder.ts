/**
 * The folder of one call of `npm run smoke`. Its files are a sequence of their own where files continue each other, and no metric
 * counts them: a test must neither change anybody's files nor send a ticket.
 */
import { SMOKE_PREFIX } from './names.ts'

/** Exactly the form of `smokeFolderAt`, so that nobody's own folder is taken for one. */
const SMOKE_FOLDER = new RegExp(`^(?:.*?/)?${SMOKE_PREFIX}\\d{4}-\\d\\d-\\d\\dT\\d\\d-\\d\\d-\\d\\d-\\d{3}Z/`, 's')

export function smokeFolderAt(inputPrefix: string, time: Date): string {
  return `${inputPrefix}${SMOKE_PREFIX}${time.toISOString().replaceAll(/[:.]/g, '-')}/`
}

/** @returns the beginning of the key, up to the end of such a folder; undefined for the key of any other file */
export function smokeFolderOf(key: string): string | undefined {
  return SMOKE_FOLDER.exec(key)?.[0]
}
