/**
 * Names of columns that have several levels in pandas. Parquet has one name per column, so pandas writes the tuple as
 * Python prints it, such as `('Close', 'AAPL')`, and parses it again.
 */

/** Nobody gives a column a longer name. */
const MAX_TUPLE_LENGTH = 1024
const ELEMENT = String.raw`'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|None|nan`
const TUPLE = new RegExp(String.raw`^\((?:${ELEMENT})(?:, (?:${ELEMENT}))*,?\)$`, 's')
const ELEMENTS = new RegExp(ELEMENT, 'gs')
const ESCAPES = /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/gs
const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

/** @returns the levels of a column's name, a missing level as an empty text; undefined when the name is not a tuple */
export function elementsOfTuple(name: string): string[] | undefined {
  if (name.length > MAX_TUPLE_LENGTH || !TUPLE.test(name)) return undefined
  return Array.from(name.matchAll(ELEMENTS), ([element]) =>
    element.length < 2 || !isQuote(element[0]!) ? '' : unescaped(element),
  )
}

function isQuote(character: string): boolean {
  return character === "'" || character === '"'
}

function unescaped(element: string): string {
  return element.slice(1, -1).replaceAll(ESCAPES, (all, x?: string, u?: string, long?: string, character?: string) => {
    const code = Number.parseInt(x ?? u ?? long ?? '', 16)
    if (code > 0x10_ffff) return all
    return Number.isNaN(code) ? (ESCAPED[character!] ?? character!) : String.fromCodePoint(code)
  })
}

/** The tuple as Python prints it. */
export function tupleOf(elements: readonly string[]): string {
  return `(${elements.map(repr).join(', ')}${elements.length === 1 ? ',' : ''})`
}

/**
 * Characters that Python escapes: control and formatting characters, separators other than the space, unassigned code
 * points.
 */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu

function repr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replaceAll(UNPRINTABLE, (character) => {
      const short = Object.entries(ESCAPED).find(([, value]) => value === character)
      if (short) return `\\${short[0]}`
      const code = character.codePointAt(0)!.toString(16)
      if (code.length <= 2) return `\\x${code.padStart(2, '0')}`
      return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`
    })
  return `${quote}${escaped}${quote}`
}
