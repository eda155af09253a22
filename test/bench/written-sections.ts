/** Puts the tables of some sections of the benchmark in the place of earlier ones. */

const WIDTH = 120

/** @param sections text by title; the others of the document stay */
export function withSections(before: string, sections: ReadonlyMap<string, string>): string {
  const [intro, ...parts] = before.split(/^### /m)
  const texts = new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]))
  for (const [title, text] of sections) texts.set(title, text.split('\n').map(wrapped).join('\n'))
  const all = Array.from(texts, ([title, text]) => `### ${title}\n\n${text.trim()}\n`)
  return `${intro!.trimEnd()}\n\n${all.join('\n')}`.trimEnd()
}

/** A line of a table stays as it is; the other lines of an item are indented. */
function wrapped(line: string): string {
  if (line.startsWith('|')) return line
  const indent = line.startsWith('- ') ? '  ' : ''
  const lines: string[] = []
  for (const word of line.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > WIDTH) lines.push(lines.length > 0 ? indent + word : word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines.join('\n')
}
