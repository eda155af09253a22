/**
 * In `npm test`, the test files of a folder that has an `all.ts` run in one process. In a process of its own, each would take
 * 0.2 to 0.7 s of processor time more: Node starts, loads the same modules and compiles the same loops.
 *
 * A file may share a process when it leaves nothing behind in it; `together.test.ts` looks for what would stay. Every file
 * also runs alone: `node --test FILE`.
 */
import { globSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

/** Files of those folders that run in a process of their own all the same. */
export const ALONE: Readonly<Record<string, string>> = {
  'test/chart/page.test.ts': 'replaces fetch in the page of a browser, which looks like one in the process',
  'test/lib/snapshot.test.ts': 'Node finds the file of the snapshots by the name of the file that it starts',
  'test/lib/bundle.test.ts':
    'one server for the whole file, which it starts before its first test and stops after its last',
  'test/shared/peak-memory.test.ts': 'the memory of its own process',
}

/** What takes longest starts first, so that no processor waits for the last one. */
const LONGEST: readonly string[] = [
  'test/readme/snippets.test.ts',
  'test/parquet/all.ts',
  'test/features/all.ts',
  'test/lib/all.ts',
  'test/lambda/all.ts',
  'test/bin/operator/all.ts',
]

const root = path.resolve(import.meta.dirname, '..')
const found = (pattern: string) =>
  globSync(pattern, { cwd: root })
    .map((file) => file.replaceAll('\\', '/'))
    .sort()

/** What `npm test` starts: one file for each folder of files that run together, and the other test files. */
export function filesToStart(): string[] {
  const folders = found('test/**/all.ts')
  const together = new Set(folders.flatMap((file) => filesTogether(path.posix.dirname(file))))
  const files = [...folders, ...found('test/**/*.test.ts').filter((file) => !together.has(file))]
  return [...LONGEST, ...files.filter((file) => !LONGEST.includes(file))]
}

/** @param folder relative to the root of the project */
export function filesTogether(folder: string): string[] {
  return found(`${folder}/**/*.test.ts`).filter((file) => !(file in ALONE))
}

/** Registers the tests of a folder in this process. All files are loaded before the first test begins. */
export async function importTestsOf(folder: string): Promise<void> {
  const files = filesTogether(path.relative(root, folder).replaceAll('\\', '/'))
  const imports = files.map((file) => `import '${pathToFileURL(path.join(root, file)).href}'`)
  await import(`data:text/javascript,${encodeURIComponent(imports.join('\n'))}`)
}
