/** The operators and constants of a source file, and what each may be mistaken for. */
import { stripTypeScriptTypes } from 'node:module'

export interface Mutation {
  /** A comparison that no test holds is an error, another mutation lowers the score. */
  readonly kind: 'comparison' | 'other'
  /** Counted from 1. */
  readonly line: number
  /** The line as it is, and with the other operator; without indentation. */
  readonly before: string
  readonly after: string
  /** The whole file with it. */
  readonly mutated: string
}

/** Whether the bound belongs to it, and the opposite; these find what the other operators would find. */
const COMPARISONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['<', ['<=', '>=']],
  ['<=', ['<', '>']],
  ['>', ['>=', '<=']],
  ['>=', ['>', '<']],
  ['===', ['!==']],
  ['!==', ['===']],
  ['==', ['!=']],
  ['!=', ['==']],
])

const OTHERS: ReadonlyMap<string, string> = new Map([
  ['+', '-'],
  ['-', '+'],
  ['*', '/'],
  ['/', '*'],
  ['%', '*'],
  ['+=', '-='],
  ['-=', '+='],
  ['&&', '||'],
  ['||', '&&'],
  ['<<', '>>'],
  ['>>', '<<'],
  ['>>>', '<<'],
  ['true', 'false'],
  ['false', 'true'],
])

/**
 * Comments, strings, regular expressions and words come first, in which there is no operator; then numbers and operators, the
 * longest first. The formatter puts spaces around an operator of two operands, by which it is told from a sign.
 */
const TOKENS =
  /\/\/.*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(?<=(?:[(,=:[!&|?{};]|return)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\/|\d[\w.]*|[\w$.#]+|=>|(?<= )(?:[-+]=|>>>|<<|>>|&&|\|\||[!=]==?|[<>]=?|[-+*/%])(?= |\n)|[`{}]/gy

/** The text of a template literal up to its end or its next expression. */
const TEMPLATE = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*(?:`|\$\{)/gy

interface Token {
  readonly text: string
  readonly at: number
}

function tokensOf(code: string): Token[] {
  const tokens: Token[] = []
  // how many braces are open in the expression of each template literal around here
  const templates: number[] = []
  for (let at = 0; at < code.length; ) {
    TOKENS.lastIndex = at
    const text = TOKENS.exec(code)?.[0]
    if (text === undefined) {
      at++
      continue
    }
    const endsExpression = text === '}' && templates.at(-1) === 0
    if (text === '{' && templates.length > 0) templates[templates.length - 1]!++
    if (text === '}' && templates.length > 0 && !endsExpression) templates[templates.length - 1]!--
    if (text === '`' || endsExpression) {
      if (endsExpression) templates.pop()
      TEMPLATE.lastIndex = at + 1
      const literal = TEMPLATE.exec(code)![0]
      if (literal.endsWith('{')) templates.push(0)
      at += 1 + literal.length
      continue
    }
    tokens.push({ text, at })
    at += text.length
  }
  return tokens
}

/** 0 becomes 1, any other number one more; those of regular tables of constants are numbers as well. */
function otherNumber(text: string): string | undefined {
  const [, digits, big] = /^([\d_]+|0x[\da-f_]+)(n?)$/i.exec(text) ?? []
  return digits === undefined ? undefined : `${BigInt(digits.replaceAll('_', '')) + 1n}${big}`
}

export function mutationsOf(source: string): Mutation[] {
  // types are replaced by blanks, so that what is left is code, at the places where it was
  const code = stripTypeScriptTypes(source)
  if (code.length !== source.length) throw new Error('the file has another length without its types')
  return tokensOf(code).flatMap(({ text, at }) => {
    const comparisons = COMPARISONS.get(text)
    const other = OTHERS.get(text) ?? otherNumber(text)
    const others = comparisons ?? (other === undefined ? [] : [other])
    const lineStart = source.lastIndexOf('\n', at) + 1
    const lineEnd = source.indexOf('\n', at)
    const [head, tail] = [source.slice(lineStart, at), source.slice(at + text.length, lineEnd)]
    return others.map((replacement) => ({
      kind: comparisons ? ('comparison' as const) : ('other' as const),
      line: source.slice(0, at).split('\n').length,
      before: `${head}${text}${tail}`.trim(),
      after: `${head}${replacement}${tail}`.trim(),
      mutated: `${source.slice(0, at)}${replacement}${source.slice(at + text.length)}`,
    }))
  })
}
