/** The licenses of the packages that bundles contain: each allows copies only together with its text. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Metafile } from 'esbuild'

/** Folder of the package that a file belongs to; the innermost, if packages are nested. */
const PACKAGE = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/
const LICENSE_FILES = /^(licen[cs]e|notice|copying)/i

/**
 * @param root the folder that the names in the metafiles are relative to
 * @param copied further files that are copied as they are
 * @throws Error if a package states none
 */
export function licensesOf(metafiles: readonly Metafile[], root: string, copied: readonly string[]): string {
  const bundled = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs)),
  )
  const files = [...bundled.map((name) => path.resolve(root, name)), ...copied]
  const folders = new Set(files.flatMap((name) => PACKAGE.exec(name.replaceAll('\\', '/')) ?? []))
  const byText = new Map<string, string[]>()
  for (const folder of [...folders].sort()) {
    const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
    const text = textIn(folder) ?? `License: ${license ?? noLicense(name)}`
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version}`])
  }
  return [...byText].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`).join(`\n${'-'.repeat(80)}\n\n`)
}

function textIn(folder: string): string | undefined {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => entry.isFile() && LICENSE_FILES.test(entry.name),
  )
  if (entries.length === 0) return undefined
  return entries.map(({ name }) => readFileSync(path.join(folder, name), 'utf8').trim()).join('\n\n')
}

function noLicense(name: string): never {
  throw new Error(`${name} states no license`)
}
