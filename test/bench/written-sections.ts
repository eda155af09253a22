/** Puts the tables of some sections of the benchmark in the place of earlier ones. */

/** @param sections text by title; the others of the document stay */
export function withSections(before: string, sections: ReadonlyMap<string, string>): string {
  const [intro, ...parts] = before.split(/^### /m)
  const texts = new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]))
  for (const [title, text] of sections) texts.set(title, text)
  const all = Array.from(texts, ([title, text]) => `### ${title}\n\n${text.trim()}\n`)
  return `${intro!.trimEnd()}\n\n${all.join('\n')}`
}
