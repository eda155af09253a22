/** The code blocks of a markdown text. */
export interface CodeBlock {
  readonly language: string
  /** The word after the language, by which a test finds the block; GitHub does not show it. */
  readonly name: string
  readonly text: string
}

const blocks = /^```(\w*) ?([^\n]*)\n(.*?)^```$/gms

export function codeBlocks(markdown: string): CodeBlock[] {
  return [...markdown.matchAll(blocks)].map(([, language, name, text]) => ({
    language: language!,
    name: name!,
    text: text!,
  }))
}

/** Removes the blocks, in which links and headings are no markup. */
export function withoutCodeBlocks(markdown: string): string {
  return markdown.replaceAll(blocks, '')
}
