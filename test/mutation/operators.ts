/** The comparison operators of a source file, and what each may be mistaken for. */
import { stripTypeScriptTypes } from 'node:module'

export interface Mutation {
  /** Counted from 1. */
  readonly line: number
  /** The line as it is, and with the other operator; without indentation. */
  readonly before: string
  readonly after: string
  /** The whole file with it. */
  readonly mutated: string
}

const OTHERS: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>', '>='],
  '<=': ['<', '>', '>='],
  '>': ['>=', '<', '<='],
  '>=': ['>', '<', '<='],
  '===': ['!=='],
  '!==': ['==='],
  '==': ['!='],
  '!=': ['=='],
}

/** What is no operator comes first: comments, strings, regular expressions; then operators, the longest first. */
const TOKENS =
  /\/\/.*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(?<=[(,=:[!&|?{};]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\/|=>|<<=?|>>>?=?|[!=]==?|[<>]=?/g

/** Also within the expressions of template literals; a comparison in their text would be taken for one too. */
export function mutationsOf(source: string): Mutation[] {
  // types are replaced by blanks, so that the angle brackets left are operators, at the places where they were
  const code = stripTypeScriptTypes(source)
  if (code.length !== source.length) throw new Error('the file has another length without its types')
  return [...code.matchAll(TOKENS)].flatMap(({ 0: operator, index }) =>
    (OTHERS[operator] ?? []).map((other) => {
      const lineStart = source.lastIndexOf('\n', index) + 1
      const lineEnd = source.indexOf('\n', index)
      const head = source.slice(lineStart, index)
      const tail = source.slice(index + operator.length, lineEnd)
      return {
        line: source.slice(0, index).split('\n').length,
        before: `${head}${operator}${tail}`.trim(),
        after: `${head}${other}${tail}`.trim(),
        mutated: `${source.slice(0, index)}${other}${source.slice(index + operator.length)}`,
      }
    }),
  )
}
