/** Opens an input for one use. */
import type { InputFile } from './input-file.ts'
import { openInput } from './locations.ts'

/** Closes the input after the use, also after one that failed. */
export async function withInput<T>(name: string, use: (input: InputFile) => Promise<T>): Promise<T> {
  const input = await openInput(name)
  try {
    return await use(input)
  } finally {
    await input.close()
  }
}
