/** How columns are named: by the user, by known names, and in messages. */
import { quoted, RefusedError } from '../shared/errors.ts'
import { spellingsOf } from './column-spellings.ts'
import { type ColumnDescription, typeName } from './column-values.ts'

/** Columns that the user named, by the name in the file. Columns that are not named are found by their usual names. */
export interface ColumnChoices {
  /** The time of a bar. Two names: a date and a time of day. */
  readonly time?: string | readonly string[] | undefined
  /**
   * The column whose values are the series. Several names: each different combination of values is a series. `none`: the
   * file is one series, whatever its columns.
   */
  readonly symbol?: string | readonly string[] | undefined
  /** The open price. */
  readonly open?: string | undefined
  /** The high price. */
  readonly high?: string | undefined
  /** The low price. */
  readonly low?: string | undefined
  /** The close price. */
  readonly close?: string | undefined
}

const OTHER_OPTIONS = 'in the function and the library'

/** The options that name columns for a role, on the command line and elsewhere. */
export function naming(role: 'time' | 'symbol', names: readonly string[]): string {
  const options = names.map((name) => `--${role}-column ${/^[\w.-]+$/.test(name) ? name : quoted(name)}`)
  const setting = names.length === 1 ? quoted(names[0]!) : `[${names.map(quoted).join(', ')}]`
  return `${options.join(' ')} (${OTHER_OPTIONS}: columns.${role}: ${setting})`
}

/** The option that names a column, on the command line and elsewhere. */
export function optionOf(role: keyof ColumnChoices): string {
  return `--${role}-column (${OTHER_OPTIONS}: columns.${role})`
}

/** A unique name for each column: its own, with a number behind it where several have the same. `close#2` is the second. */
export function columnNames(columns: readonly Pick<ColumnDescription, 'name'>[]): string[] {
  const counts = new Map<string, number>()
  for (const { name } of columns) counts.set(name, (counts.get(name) ?? 0) + 1)
  const numbers = new Map<string, number>()
  return columns.map(({ name }) => {
    if (counts.get(name) === 1) return name
    for (let number = (numbers.get(name) ?? 0) + 1; ; number++) {
      numbers.set(name, number)
      const numbered = `${name}#${number}`
      // another column may already be called that
      if (!counts.has(numbered)) return numbered
    }
  })
}

/** The column with that name, at the top level rather than in a struct; or else the one with that unique name. */
export function chosen(
  columns: readonly ColumnDescription[],
  role: keyof ColumnChoices,
  name: string | undefined,
): number | undefined {
  if (name === undefined) return undefined
  const ofName = columns.flatMap((column, index) => (column.name === name ? [index] : []))
  const atTop = ofName.filter((index) => !columns[index]!.isField)
  const matches = atTop.length > 0 ? atTop : ofName
  if (matches.length === 1) return matches[0]!
  const names = columnNames(columns)
  const numbered = names.indexOf(name)
  if (numbered >= 0) return numbered
  const isStruct = columns.some((column) => column.isField && column.name.startsWith(`${name}.`))
  const problem =
    matches.length > 0
      ? `${matches.length} columns are named ${quoted(name)}; name one of them, such as ${quoted(names[matches[0]!]!)}`
      : isStruct
        ? `${quoted(name)} is a struct; name one of its fields`
        : `there is no column ${quoted(name)}`
  throw new RefusedError('columns', `${optionOf(role)}: ${problem}; the file has ${listedColumns(columns)}`)
}

/**
 * The column with the first of `names` that any column has.
 * @param option with which the user can decide between two columns of that name; without it neither is chosen
 */
export function findColumn(
  columns: readonly ColumnDescription[],
  role: string,
  names: readonly string[],
  option: string | undefined,
  spellings = spellingsOf(columns),
): number | undefined {
  for (const name of names) {
    const matches = spellings.flatMap((spelling, index) => (spelling === name ? [index] : []))
    if (matches.length === 1) return matches[0]
    if (matches.length > 1) {
      if (option === undefined) return undefined
      const first = quoted(columnNames(columns)[matches[0]!]!)
      throw new RefusedError(
        'columns',
        `${matches.length} columns could be the ${role}: ${listedColumns(columns, matches)}; name one with ${option}, such as ${first}`,
      )
    }
  }
  return undefined
}

/** Names that a message lists. */
const SHOWN_NAMES = 8

export function missingColumn(
  columns: readonly ColumnDescription[],
  role: keyof ColumnChoices,
  names: readonly string[],
): RefusedError {
  const field = columns.find(
    ({ name, isField }) => isField && names.includes(name.slice(name.lastIndexOf('.') + 1).toLowerCase()),
  )
  const some = names.slice(0, SHOWN_NAMES).join(', ')
  const called = names.length > SHOWN_NAMES ? `${some} or has another usual name` : names.join(', ')
  const example = field ? `, such as ${quoted(field.name)}` : ''
  return new RefusedError(
    'columns',
    `no ${role} column: no column is called ${called}; the file has ${listedColumns(columns)}; name the column with ${optionOf(role)}${example}`,
  )
}

export function describedColumn(column: ColumnDescription, name = column.name): string {
  return `${quoted(name)} (${typeName(column)})`
}

/** @param some positions of the columns to list; default: all */
function listedColumns(columns: readonly ColumnDescription[], some: readonly number[] = [...columns.keys()]): string {
  if (some.length === 0) return 'no columns'
  const names = columnNames(columns)
  const shown = some.slice(0, 20).map((index) => describedColumn(columns[index]!, names[index]))
  return some.length > 20 ? `${shown.join(', ')} and ${some.length - 20} more` : shown.join(', ')
}
