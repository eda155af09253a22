/** Adds to a refusal what a user of a CSV without a header cannot see in it. */
import { RefusedError } from '../../functions/shared/errors.ts'
import type { InputFile } from './input-file.ts'

/** @returns a refusal of the columns of such a file with the reason for their names; any other error unchanged */
export function withHeaderHint(error: unknown, { csv }: Pick<InputFile, 'csv'>): unknown {
  if (!csv || csv.hasHeader || !(error instanceof RefusedError && error.code === 'columns')) return error
  const message = `${error.message}; the first line of the CSV has numbers instead of names, so its columns are called column1, column2 and so on: add a header, or name them, as with --time-column column1`
  return new RefusedError('columns', message, { cause: error })
}
