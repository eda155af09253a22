/** Parts of documents that are made from the code: each is between `<!-- NAME -->` and the next `<!-- end -->`. */

/** @throws Error when the text has no such place */
export function replaceSection(text: string, name: string, content: string): string {
  const { from, to } = placeOf(text, name)
  return `${text.slice(0, from)}\n${content}\n${text.slice(to)}`
}

/** @throws Error when the text has no such place */
export function sectionOf(text: string, name: string): string {
  const { from, to } = placeOf(text, name)
  return text.slice(from, to).trim()
}

function placeOf(text: string, name: string) {
  const start = `<!-- ${name} -->`
  const from = text.indexOf(start) + start.length
  const to = text.indexOf('<!-- end -->', from)
  if (from < start.length || to < 0) throw new Error(`the document has no place for ${name}`)
  return { from, to }
}
