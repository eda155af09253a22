/** Refuses descriptions of a table that Glue takes and Athena cannot read. */
import { RefusedError } from '../functions/shared/errors.ts'

export interface TableDescription {
  /** The columns that your files have, with Athena's types: `{ datetime: 'timestamp', close: 'double', ... }`. */
  readonly columns: Readonly<Record<string, string>>
  /** For keys like `incoming/day=2024-03-01/...`: the name before `=`, and the first day with files. */
  readonly dayPartition?: { readonly name: string; readonly from: string }
}

/** https://docs.aws.amazon.com/athena/latest/ug/data-types.html, as `CREATE TABLE` takes them */
const TYPE =
  /^(boolean|tinyint|smallint|int|bigint|float|double|string|binary|date|timestamp|decimal(\(\d+(, ?\d+)?\))?|(var)?char\(\d+\)|(array|map|struct)<.+>)$/
const ALLOWED_TYPES =
  'boolean, tinyint, smallint, int, bigint, float, double, decimal(P,S), string, char(N), varchar(N), binary, date, timestamp, array<...>, map<...>, struct<...>'

/**
 * @param added names of the columns that the table has beside those of the description
 * @throws RefusedError `settings` with all that Athena would refuse at the first query
 */
export function checkTable({ columns, dayPartition }: TableDescription, added: readonly string[]): void {
  const given = Object.entries(columns ?? {})
  const partition = dayPartition ? [dayPartition.name] : []
  // Athena compares names without case
  const names = [...given.map(([name]) => name), ...added, ...partition].map((name) => name.toLowerCase())
  const twice = new Set(names.filter((name, i) => names.indexOf(name) < i))
  const problems = [
    ...(given.length === 0 ? ['table.columns has no column; name those of your files with their types'] : []),
    ...[...twice].map((name) => `the table has the column "${name}" twice: its own columns are ${added.join(', ')}`),
    ...given
      .filter(([, type]) => !TYPE.test(String(type).toLowerCase()))
      .map(([name, type]) => `table.columns: ${name} is "${type}"; allowed are ${ALLOWED_TYPES}`),
    ...(dayPartition && !isDayInText(dayPartition.from)
      ? [`table.dayPartition.from is "${dayPartition.from}"; allowed is a day such as 2024-03-01`]
      : []),
  ]
  if (problems.length > 0) throw new RefusedError('settings', problems.join('; '))
}

function isDayInText(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true
}
