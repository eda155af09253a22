/** What each section of the benchmark works with. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { pythonWith } from '../python-environment.ts'
import { type BarsFile, makeBars } from './make-bars.ts'

export interface BenchContext {
  /** Of a large file: 5 million, unless `--rows` says otherwise. */
  readonly rows: number
  /** Has real files as `npm run test:real` wants them. */
  readonly realFolder: string | undefined
  /** Adds a line to the tables. */
  say(line?: string): void
  /** The path of a file in the folder that is removed at the end. */
  at(name: string): string
  /** Makes a file once; a later call finds it. */
  made(file: BarsFile): Promise<string>
  /** That has the packages of `requirements.txt`; undefined where they cannot be installed. */
  python(): string | undefined
}

/** @param lines receives what the sections say */
export function newBenchContext(
  { rows, realFolder }: Pick<BenchContext, 'rows' | 'realFolder'>,
  scratch: string,
  lines: string[],
): BenchContext {
  const at = (name: string) => path.join(scratch, name)
  let python: string | undefined | null = null
  return {
    rows,
    realFolder,
    at,
    say: (line = '') => {
      console.log(line)
      lines.push(line)
    },
    made: async (file) => {
      const name = at(`${JSON.stringify(file).replaceAll(/[^\w.]+/g, '-')}.parquet`)
      if (!existsSync(name)) await makeBars(name, file)
      return name
    },
    python: () => {
      if (python === null) python = installedPython()
      return python
    },
  }
}

function installedPython(): string | undefined {
  try {
    return pythonWith(new URL('./requirements.txt', import.meta.url), 'bench')
  } catch (error) {
    console.error(error)
    return undefined
  }
}
