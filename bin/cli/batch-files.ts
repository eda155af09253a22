/** The inputs of one call of `enrich --out-dir`, and the output of each. */
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'
import { isFolder, isMarketName, isObject, isPattern, parquetName } from './locations.ts'
import { objectsBelow } from './object-locations.ts'

export interface BatchFile {
  readonly name: string
  /** Path of the output, below the folder of the outputs. */
  readonly place: string
}

/** The syntax of paths: that of this machine, except in tests. */
type Paths = Pick<typeof path, 'sep' | 'basename' | 'isAbsolute' | 'join' | 'relative'>

/**
 * Expands patterns to the files that they match, and folders to the market files below them; outputs keep the folders below a
 * pattern's fixed part. Of other names, such as those that a shell has expanded, outputs keep the last part.
 * @throws RefusedError `path` when there are only patterns and folders, and none has a file
 */
export async function batchFiles(names: readonly string[], folder?: string): Promise<BatchFile[]> {
  const files: BatchFile[] = []
  const empty: string[] = []
  for (const name of names) {
    const inFolder = await filesBelow(name, folder)
    if (inFolder) {
      if (inFolder.length === 0) empty.push(name)
      files.push(...inFolder)
      continue
    }
    const isMany = isPattern(name)
    const found = isMany ? placed(name, await filesOf(name), folder) : []
    // a file's name may look like a pattern
    if (isMany && found.length === 0 && !(await exists(name))) empty.push(name)
    files.push(...(found.length > 0 ? found : [{ name, place: path.basename(name) }]))
  }
  if (empty.length < names.length) return files
  throw new RefusedError('path', `no file matches ${empty.map(quoted).join(' or ')}`)
}

/** The market files below a folder, or below the prefix of a bucket; undefined when the name is neither. */
async function filesBelow(name: string, outputs: string | undefined): Promise<BatchFile[] | undefined> {
  if (isObject(name)) {
    if (!name.endsWith('/')) return undefined
    const found = await objectsBelow(name)
    return placedBelow(name, found, outputs)
  }
  if (!(await isFolder(name))) return undefined
  const found = await filesOf('**/*', name)
  return placed(
    path.join(name, '*'),
    found.filter((file) => isMarketFile(path.relative(name, file))),
    outputs,
  )
}

function placedBelow(prefix: string, found: readonly string[], outputs: string | undefined): BatchFile[] {
  const folder = outputs === undefined || outputs.endsWith('/') ? outputs : `${outputs}/`
  const isOutput = (name: string) => folder !== undefined && isBelowPrefix(folder, prefix) && name.startsWith(folder)
  return found
    .map((name) => ({ name, place: name.slice(prefix.length) }))
    .filter(({ name, place }) => isMarketFile(place) && !isOutput(name))
}

function isBelowPrefix(name: string, prefix: string): boolean {
  return name.length > prefix.length && name.startsWith(prefix)
}

/** As in the function, files below a folder that begins with _ or . are not meant, such as those that a job is writing. */
function isMarketFile(place: string): boolean {
  return isMarketName(place) && !place.split(/[\\/]/).some((part) => /^[_.]/.test(part))
}

async function exists(name: string): Promise<boolean> {
  return stat(name).then(
    () => true,
    () => false,
  )
}

/** With a package, because Node has a glob of its own since 22 only. */
async function filesOf(pattern: string, folder?: string): Promise<string[]> {
  const { glob } = await import('glob')
  const below = await glob(pattern, { windowsPathsNoEscape: true, ...(folder === undefined ? {} : { cwd: folder }) })
  const names = folder === undefined ? below : below.map((name) => path.join(folder, name))
  // Spark writes tables as folders, whose names may end with .parquet
  const areFolders = await Promise.all(names.map(isFolder))
  return names.filter((_, i) => !areFolders[i]).toSorted()
}

/** The matches of a pattern with their places below its fixed part, without outputs of an earlier call. */
export function placed(
  pattern: string,
  matches: readonly string[],
  folder: string | undefined,
  paths: Paths = path,
): BatchFile[] {
  const root = fixedFolder(pattern, paths)
  const isOutput = (name: string) =>
    folder !== undefined && !isObject(folder) && isBelow(root, folder, paths) && isBelow(folder, name, paths)
  return matches
    .filter((name) => !isOutput(name))
    .map((name) => {
      const place = isBelow(root, name, paths) ? paths.relative(root, name) : paths.basename(name)
      return { name, place }
    })
}

/** The folders before the first wildcard. */
function fixedFolder(pattern: string, { sep }: Paths): string {
  const parts = pattern.split(sep === '\\' ? /[\\/]/ : sep)
  const fixed = parts.slice(
    0,
    parts.findIndex((part) => isPattern(part)),
  )
  return fixed.map((part) => part + sep).join('') || '.'
}

function isBelow(folder: string, name: string, { relative, isAbsolute, sep }: Paths): boolean {
  const way = relative(folder, name)
  return way !== '' && way.split(sep)[0] !== '..' && !isAbsolute(way)
}

/**
 * @returns the output of each file
 * @throws RefusedError `path` when two would be the same
 */
export function batchOutputs(files: readonly BatchFile[], folder: string, paths: Paths = path): string[] {
  const outputs = files.map(({ place: inputPlace }) => {
    const place = parquetName(inputPlace)
    return isObject(folder)
      ? `${folder.replace(/\/$/, '')}/${place.replaceAll(paths.sep, '/')}`
      : paths.join(folder, place)
  })
  const known = new Set<string>()
  for (const output of outputs) {
    if (known.has(output)) {
      throw new RefusedError(
        'path',
        `two inputs would both become ${quoted(output)}; give a pattern in quotes, such as 'data/**/*.parquet', whose folders are kept, or enrich them into different folders`,
      )
    }
    known.add(output)
  }
  return outputs
}
