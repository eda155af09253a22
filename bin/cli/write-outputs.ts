/** Writes the outputs of a command: to files, to objects in S3, to pipes, or to standard output. */
import { type OutputBytes, wholeOutput } from '../../functions/shared/byte-source.ts'
import { type StagedFile, stageLocalFile } from '../../functions/storage/staged-file.ts'
import type { InputFile } from './input-file.ts'
import { isLocal, isPipe, STANDARD } from './locations.ts'
import { writeObjectOutput } from './object-locations.ts'
import { writePipe, writeStandardOutput } from './standard-output.ts'

/** @returns bytes written from here; those that S3 or the operating system copied are not counted */
export async function writeOutput(name: string, input: InputFile, output: OutputBytes): Promise<number> {
  const [written] = await writeOutputs(input, [{ name, output }])
  return written!
}

/**
 * Writes several outputs of one input in the given order. All local files are complete before the first of them takes its
 * place; objects, pipes and standard output are written when it is their turn.
 * @returns bytes written from here, for each output
 */
export async function writeOutputs(
  input: InputFile,
  outputs: readonly { readonly name: string; readonly output: OutputBytes }[],
): Promise<number[]> {
  const staged = new Map<string, StagedFile>()
  try {
    for (const { name, output } of outputs) {
      if (isLocal(name) && !(await isPipe(name))) staged.set(name, await stage(name, input, output))
    }
    const written: number[] = []
    for (const { name, output } of outputs) {
      const file = staged.get(name)
      await file?.commit()
      staged.delete(name)
      written.push(file?.bytesWritten ?? (await writeElsewhere(name, input, output)))
    }
    return written
  } finally {
    for (const file of staged.values()) await file.discard()
  }
}

function stage(name: string, input: InputFile, output: OutputBytes): Promise<StagedFile> {
  if (output.layout === 'appended' && !input.isLocal) {
    return stageLocalFile(name, input, false, wholeOutput(input, output))
  }
  return stageLocalFile(name, input, output.layout === 'appended', output.bytes())
}

function writeElsewhere(name: string, input: InputFile, output: OutputBytes): Promise<number> {
  const whole = () => wholeOutput(input, output)
  if (name === STANDARD) return writeStandardOutput(whole())
  return isLocal(name) ? writePipe(name, whole()) : writeObjectOutput(name, input, output, whole)
}
