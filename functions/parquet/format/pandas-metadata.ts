/**
 * Pandas' description of a frame in a file's metadata, as JSON: the columns of its index, the levels of its column
 * names, and the types of its columns.
 * Source:
 * https://pandas.pydata.org/docs/development/developer.html#storing-pandas-dataframe-objects-in-apache-parquet-format
 *
 * The text is spliced, not parsed and written again: JavaScript would turn 1.0 into an integer, round large integers,
 * and refuse the NaN that Python writes.
 */
import { elementsOfTuple, tupleOf } from '../../shared/pandas-tuple.ts'
import type { ArrowField } from './arrow-ipc.ts'
import { ARROW_SCHEMA, arrowMetadata } from './arrow-schema.ts'
import { type Footer, keyValueMetadata } from './footer.ts'

export const PANDAS = 'pandas'

/**
 * @returns the levels of the frame's column names: 1 for plain names or when there is no description, more when the
 * names are tuples
 */
export function columnLevels(footer: Footer): number {
  const metadata = keyValueMetadata(footer)
  const schema = metadata.get(ARROW_SCHEMA)
  // pyarrow reads the copy in the Arrow schema
  const text = (schema && arrowMetadata(schema, PANDAS)) ?? metadata.get(PANDAS) ?? ''
  return Math.max(
    1,
    unlessMalformed(() => elementsOf(text, frameOf(text).get('column_indexes')).length, 1),
  )
}

/** A new column of the frame. */
interface PandasColumn {
  readonly field: ArrowField
  readonly hasNulls: boolean
}

export interface FrameChanges {
  /** The rows of the output. */
  readonly rows: number
  readonly added: readonly PandasColumn[]
  /** Whether the output lacks the column with this name. */
  isReplaced(name: string): boolean
  /**
   * Whether a categorical column has pages without dictionary indices, which the reader of its writer does not expect.
   */
  lostDictionary(name: string): boolean
}

/**
 * Adds columns to the description of a frame, before the columns of its index. Text that is not such a description is
 * returned unchanged.
 */
export function extendPandas(text: string, { rows, added, isReplaced, lostDictionary }: FrameChanges): string {
  return unlessMalformed(() => {
    const frame = frameOf(text)
    const columns = frame.get('columns')
    if (!columns || text[columns.start] !== '[') return text
    const levels = elementsOf(text, frame.get('column_indexes')).map((at) => descriptionAt(text, at))
    const indexes = elementsOf(text, frame.get('index_columns')).map((at) => descriptionAt(text, at))
    const index = new Set(indexes.map(({ name }) => name))
    const stays = elementsOf(text, columns)
      .map((at) => descriptionAt(text, at))
      .filter(({ name }) => !isReplaced(name ?? ''))
    const kept = (column: Description) => {
      const isPlain = column.type === 'categorical' && lostDictionary(column.name ?? '')
      return spliced(text, isPlain ? asMixed(column) : [], column)
    }
    const described = [
      ...stays.filter(({ name }) => !index.has(name)).map(kept),
      ...added.map((column) => JSON.stringify(describeColumn(column, levels.length))),
      ...stays.filter(({ name }) => index.has(name)).map(kept),
    ]
    const extended: Edit = { ...columns, text: `[${described.join(', ')}]` }
    const ranges = indexes.flatMap((description) => rangeEdits(text, description, rows))
    return spliced(text, [extended, ...levelEdits(levels, stays, added), ...ranges])
  }, text)
}

/** The description that pandas would write: integers and booleans with nulls have the extension types. */
function describeColumn({ field: { name, type }, hasNulls }: PandasColumn, levels: number): object {
  const pandasType = type.kind === 'bool' ? 'bool' : `${type.kind}${type.bits}`
  const numpyType = hasNulls ? pandasType.replace('int', 'Int').replace('bool', 'boolean') : pandasType
  return {
    name: nameInFrame(name, levels),
    field_name: name,
    pandas_type: pandasType,
    numpy_type: numpyType,
    metadata: null,
  }
}

/**
 * The name of a new column in a frame. Among names of several levels pandas can open tuples only; it names a column that a
 * program adds as text with empty texts on the other levels.
 */
function nameInFrame(name: string, levels: number): string {
  if (levels <= 1 || elementsOfTuple(name)?.length === levels) return name
  return tupleOf([name, ...Array.from({ length: levels - 1 }, () => '')])
}

/** Types of levels that any text fits. */
const TEXT_TYPES = ['unicode', 'string', 'str', 'object', 'bytes', 'empty']

/**
 * A level of numbers or dates keeps its type if the new names add no other value to it. Otherwise it becomes a mixed
 * level, as pandas describes a level with both: pandas fails to convert other text to numbers.
 */
function levelEdits(
  levels: readonly Description[],
  columns: readonly Description[],
  added: readonly PandasColumn[],
): Edit[] {
  const partOf = (name: string, level: number) => (levels.length > 1 ? elementsOfTuple(name) : [name])?.[level]
  return levels.flatMap((description, level) => {
    const { type } = description
    if (TEXT_TYPES.includes(type) || type.startsWith('mixed')) return []
    const known = new Set(columns.map(({ name }) => partOf(name ?? '', level)))
    return added.every(({ field }) => known.has(partOf(nameInFrame(field.name, levels.length), level)))
      ? []
      : asMixed(description)
  })
}

/**
 * Adapts an index that is a range, which has no column. pyarrow ignores a range that does not have as many labels as
 * there are rows.
 */
function rangeEdits(text: string, { members }: Description, rows: number): Edit[] {
  const [kind, start, stop, step] = ['kind', 'start', 'stop', 'step'].map((key) => members.get(key))
  if (stringAt(text, kind) !== 'range' || !start || !stop || !step) return []
  const [from, to, by] = [start, stop, step].map((at) => integerAt(text, at))
  const end = from! + rows * by!
  if (![from, to, by, end].every(Number.isSafeInteger) || by === 0) return []
  const labels = Math.max(0, Math.ceil((to! - from!) / by!))
  return labels === rows ? [] : [{ ...stop, text: String(end) }]
}

/** @returns NaN when the text is not an integer */
function integerAt(text: string, { start, end }: Span): number {
  const written = text.slice(start, end)
  return /^-?\d+$/.test(written) ? Number(written) : Number.NaN
}

/** Turns a description into one of mixed values. */
function asMixed({ members }: Description): Edit[] {
  return Object.entries({ pandas_type: 'mixed', numpy_type: 'object' }).flatMap(([key, value]) => {
    const member = members.get(key)
    return member ? [{ ...member, text: JSON.stringify(value) }] : []
  })
}

/** The place of a value in a text. */
interface Span {
  readonly start: number
  readonly end: number
}

interface Edit extends Span {
  readonly text: string
}

const TOKEN = String.raw`\s*("[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},:]|[^\s"[\]{},:]+)`

/**
 * The places of the keys and values of an object, or of the elements of an array, in order; nested values are skipped.
 */
function childrenOf(text: string, at: number): Span[] {
  const tokens = new RegExp(TOKEN, 'sy')
  tokens.lastIndex = at
  tokens.exec(text)
  const children: Span[] = []
  let child: { start: number; end: number } | undefined
  for (let depth = 1; ; ) {
    const token = tokens.exec(text)?.[1]
    if (token === undefined) throw new SyntaxError('the text ends within a value')
    if (token === ']' || token === '}') depth--
    if (depth === 0 || (depth === 1 && (token === ',' || token === ':'))) {
      if (child) children.push(child)
      if (depth === 0) return children
      child = undefined
    } else {
      child = { start: child?.start ?? tokens.lastIndex - token.length, end: tokens.lastIndex }
    }
    if (token === '[' || token === '{') depth++
  }
}

function frameOf(text: string): Map<string, Span> {
  return membersOf(text, text.search(/\S/))
}

function membersOf(text: string, at: number): Map<string, Span> {
  const members = new Map<string, Span>()
  const children = text[at] === '{' ? childrenOf(text, at) : []
  for (let i = 0; i + 1 < children.length; i += 2) members.set(stringAt(text, children[i])!, children[i + 1]!)
  return members
}

function elementsOf(text: string, at: Span | undefined): Span[] {
  return at && text[at.start] === '[' ? childrenOf(text, at.start) : []
}

function stringAt(text: string, at: Span | undefined): string | undefined {
  return at && text[at.start] === '"' ? String(JSON.parse(text.slice(at.start, at.end))) : undefined
}

/**
 * The description of a column, of a level of the names, or of a part of the index, for which some writers write the
 * name only.
 */
interface Description extends Span {
  readonly members: ReadonlyMap<string, Span>
  /** Name of the column in parquet. */
  readonly name: string | undefined
  readonly type: string
}

function descriptionAt(text: string, at: Span): Description {
  const members = membersOf(text, at.start)
  const member = (key: string) => stringAt(text, members.get(key))
  const name = stringAt(text, at) ?? member('field_name') ?? member('name')
  return { ...at, members, name, type: member('pandas_type') ?? '' }
}

/** A part of a text, or all of it, with the edits applied. */
function spliced(text: string, edits: readonly Edit[], { start, end }: Span = { start: 0, end: text.length }): string {
  let result = ''
  let done = start
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(done, edit.start) + edit.text
    done = edit.end
  }
  return result + text.slice(done, end)
}

function unlessMalformed<T>(action: () => T, otherwise: T): T {
  try {
    return action()
  } catch {
    // not JSON, or nested deeper than the stack
    return otherwise
  }
}
