/** Aligns columns of text. */

/** @param right positions of columns that hold numbers */
export function aligned(lines: readonly (readonly string[])[], right: ReadonlySet<number>): string {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  const pad = (cell: string, i: number) => (right.has(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n')
}

/** @param value a whole number; `toLocaleString` would load the rules of all languages first, which takes 11 ms */
export function withSeparators(value: number): string {
  return String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, ',')
}

/** @param noun in the singular; its plural ends in s */
export function counted(value: number, noun: string): string {
  return `${withSeparators(value)} ${noun}${value === 1 ? '' : 's'}`
}
