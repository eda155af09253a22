/** Opens and checks the files that the command line names: paths, objects in S3, or - for standard input and output. */
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, realpath, rename, stat } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import type { ColumnChoices } from '../../functions/market/named-columns.ts'
import { piecesBetween } from '../../functions/shared/byte-source.ts'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'
import { PARQUET_SUFFIXES } from '../../functions/shared/names.ts'
import { openLocalFile } from '../../functions/storage/local-file.ts'
import { checkLocalTarget } from '../../functions/storage/staged-file.ts'
import { csvEnding } from './csv-content.ts'
import type { InputFile } from './input-file.ts'
import { isObjectTaken, objectAddress, openObjectInput } from './object-locations.ts'
import { type TemporaryFolder, temporaryFolder, unwritableCopy } from './temporary-folder.ts'

/** The name that stands for standard input or output. */
export const STANDARD = '-'

/**
 * @param choices columns that the user named, which have types of their own in a CSV file
 * @throws RefusedError `path` when it cannot be read, saying what to do
 */
export async function openInput(name: string, choices: ColumnChoices = {}): Promise<InputFile> {
  if (name === STANDARD) return spooled(process.stdin, name, choices)
  if (isCsv(name)) return converted(name, choices)
  if (isObject(name)) return openObjectInput(name)
  if (await isPipe(name)) return spooled(createReadStream(name), name, choices)
  await refuseMany(name)
  const file = await openLocalFile(name)
  return Object.assign(file, { isLocal: true })
}

const CSV_NAME = /\.(?:csv|tsv)(?:\.gz)?$/i

/** Whether a name says that its file is CSV. What comes from a pipe is recognised by its content as well. */
function isCsv(name: string): boolean {
  return CSV_NAME.test(name)
}

/** The name of the parquet file that a CSV file becomes; other names stay. */
export function parquetName(name: string): string {
  return name.replace(CSV_NAME, '.parquet')
}

/** Whether the name ends like that of a market file, in any form that is read. */
export function isMarketName(name: string): boolean {
  return isCsv(name) || PARQUET_SUFFIXES.some((suffix) => name.toLowerCase().endsWith(suffix))
}

/** A CSV file as a parquet file, which is removed when it is closed. */
async function converted(name: string, choices: ColumnChoices): Promise<InputFile> {
  const { folder, remove } = await temporaryFolder()
  try {
    return await ofCsv(await fileOf(name, folder), name, choices, { folder, remove })
  } catch (error) {
    await remove()
    throw unwritableCopy(name, error)
  }
}

/** @param copy a local file with the bytes of the CSV */
async function ofCsv(copy: string, shown: string, choices: ColumnChoices, { folder, remove }: TemporaryFolder) {
  const { csvToParquet } = await import('./csv-input.ts')
  const target = path.join(folder, 'input.parquet')
  const csv = await csvToParquet(copy, target, shown, choices)
  return Object.assign(await temporaryInput(target, remove), { csv })
}

/**
 * A local file with the bytes of an input: itself, or a copy in a folder.
 * @throws RefusedError `path` when it cannot be read
 */
async function fileOf(name: string, folder: string): Promise<string> {
  if (isObject(name)) return downloaded(name, folder)
  if (await isPipe(name)) {
    const copy = path.join(folder, path.basename(name))
    await pipeline(createReadStream(name), createWriteStream(copy))
    return copy
  }
  await refuseMany(name)
  await (await openLocalFile(name)).close()
  return name
}

async function downloaded(name: string, folder: string): Promise<string> {
  const object = await openObjectInput(name)
  try {
    const copy = path.join(folder, path.basename(name))
    await pipeline(piecesBetween(object, 0, object.byteLength), createWriteStream(copy))
    return copy
  } finally {
    await object.close()
  }
}

export async function isFolder(name: string): Promise<boolean> {
  return stat(name).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/** Whether it can only be read or written from its beginning: a named pipe, or the process substitution of a shell. */
export async function isPipe(name: string): Promise<boolean> {
  return stat(name).then(
    (found) => found.isFIFO(),
    () => false,
  )
}

const WILDCARD = /[*?[\]{}]/

/** Whether a name stands for those of several files. */
export function isPattern(name: string): boolean {
  return !isObject(name) && WILDCARD.test(name)
}

/** What a name is that stands for several files; undefined for the name of one. */
export async function manyOf(name: string): Promise<'folder' | 'pattern' | 'prefix' | undefined> {
  if (isObject(name)) return name.endsWith('/') ? 'prefix' : undefined
  const found = await stat(name).catch(() => undefined)
  return found?.isDirectory() ? 'folder' : !found && isPattern(name) ? 'pattern' : undefined
}

/**
 * @param or what can be done with all of the files
 * @throws RefusedError `path` when the name stands for several files
 */
export async function refuseMany(name: string, or = ''): Promise<void> {
  const what = await manyOf(name)
  if (what) throw new RefusedError('path', `the input ${quoted(name)} is a ${what}; name one of its files${or}`)
}

export function isObject(name: string): boolean {
  return name.startsWith('s3://')
}

/** Whether it is the path of a file. */
export function isLocal(name: string): boolean {
  return name !== STANDARD && !isObject(name)
}

/** @throws RefusedError `path` when there is already a file or an object of that name */
export async function checkNew(name: string): Promise<void> {
  if (name === STANDARD || !(await isTaken(name))) return
  throw new RefusedError('path', `${quoted(name)} exists; name another output, or leave --no-clobber out`)
}

/** Whether there is a file or an object of that name. */
export async function isTaken(name: string): Promise<boolean> {
  if (isObject(name)) return isObjectTaken(name)
  return stat(name).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
  )
}

/** @throws RefusedError `path` before any work is done */
export async function checkOutput(name: string): Promise<void> {
  if (name === STANDARD) {
    if (process.stdout.isTTY) {
      throw new RefusedError('path', 'standard output is a terminal; send it to a file or a program, or name an OUTPUT')
    }
    return
  }
  if (isCsv(name)) {
    throw new RefusedError('path', `the output ${quoted(name)} would be a parquet file; give it the ending .parquet`)
  }
  if (isObject(name)) objectAddress(name)
  else if (!(await isPipe(name))) await checkLocalTarget(name)
}

const NO_FOLDER: Readonly<Record<string, string>> = {
  ENOENT: 'it is no name of a folder',
  EEXIST: 'it is a file',
  ENOTDIR: 'a part of its path is a file',
  EACCES: 'access is denied',
  EPERM: 'access is denied',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its links go in a circle',
}

/**
 * @param option that names the folder
 * @throws RefusedError `path`
 */
export async function makeFolder(name: string, option: string): Promise<void> {
  try {
    await makeFolders(name)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    const why = NO_FOLDER[code] ?? code
    throw new RefusedError('path', `${option}: the folder ${quoted(name)} cannot be made: ${why}`, { cause: error })
  }
}

/** One folder after the other: in /proc, where none can be made, Node's own recursion never ends. */
async function makeFolders(name: string): Promise<void> {
  if (await isFolder(name)) return
  try {
    await mkdir(name)
  } catch (error) {
    // another program may have made it
    if (await isFolder(name)) return
    const parent = path.dirname(name)
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === name || (await isFolder(parent))) throw error
    await makeFolders(parent)
    await makeFolders(name)
  }
}

/**
 * Checks that files of removed rows do not replace any other file that is read or written.
 * @param option that names them
 * @throws RefusedError `path`
 */
export async function checkApart(
  names: readonly string[],
  option: string,
  inputs: readonly string[],
  outputs: readonly string[],
): Promise<void> {
  // both are called "-", but standard input and output are two places
  const others = [...inputs.filter((name) => name !== STANDARD), ...outputs]
  const taken = new Set(await Promise.all(others.map(realPath)))
  for (const name of names) {
    if (!taken.has(await realPath(name))) continue
    throw new RefusedError('path', `${option}: ${quoted(name)} is an INPUT or OUTPUT too; name another place`)
  }
}

/** A name that is the same for all names of one file. */
export async function realPath(name: string): Promise<string> {
  if (!isLocal(name)) return name
  const folder = path.dirname(path.resolve(name))
  return realpath(name).catch(async () => path.join(await realpath(folder).catch(() => folder), path.basename(name)))
}

const TURN_MS = 50

/** Copies a stream to a file, because parquet is read from its end. Only the content says whether it is CSV. */
async function spooled(
  stream: NodeJS.ReadableStream & { isTTY?: boolean },
  given: string,
  choices: ColumnChoices,
): Promise<InputFile> {
  if (stream.isTTY) throw new RefusedError('path', 'standard input is a terminal; send a file to it, or name an INPUT')
  const { folder, remove } = await temporaryFolder()
  try {
    const name = path.join(folder, 'stream')
    await pipeline(stream, createWriteStream(name))
    const ending = await csvEnding(name)
    if (ending === undefined) return await temporaryInput(name, remove)
    await rename(name, name + ending)
    return await ofCsv(name + ending, given, choices, { folder, remove })
  } catch (error) {
    await remove()
    throw unwritableCopy(given, error)
  }
}

async function temporaryInput(name: string, remove: () => Promise<void>): Promise<InputFile> {
  const file = await openLocalFile(name)
  const { slice, close: closeFile } = file
  let turn = performance.now()
  const sliceInTurns: typeof slice = async (start, end, into) => {
    // reads are synchronous, so Ctrl-C is only handled in turns of the event loop like this one
    if (performance.now() - turn > TURN_MS) {
      await setImmediate()
      turn = performance.now()
    }
    return slice(start, end, into)
  }
  const close = async () => {
    await closeFile()
    await remove()
  }
  return Object.assign(file, { isLocal: true, slice: sliceInTurns, close })
}
