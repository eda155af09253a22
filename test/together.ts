/**
 * In `npm test` and `npm run test:long`, the test files of some folders run in one process. In a process of its own, each would
 * take 0.2 to 0.7 s of processor time more: Node starts, loads the same modules and compiles the same loops.
 *
 * A file may share a process when it leaves nothing behind in it; `together.test.ts` looks for what would stay. Every file
 * also runs alone: `node --test FILE`.
 */
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { quickOrThorough } from './thorough.ts'

/** Folders that have an `all.ts`, which starts the process, each with the folders whose files run in it as well. */
export const TOGETHER: Readonly<Record<string, readonly string[]>> = {
  'test/enrich': ['test/audit', 'test/golden', 'test/laws', 'test/market', 'test/output-bytes', 'test/shared'],
  'test/parquet': [],
  'test/features': ['test/chart'],
  'test/lib': ['test/policies'],
  'test/lambda': ['test/bucket-audit', 'test/fakes', 'test/faults', 'test/storage'],
  'test/package': [],
  'test/bin/commands': ['test/bin/cli'],
  'test/bin/operator': [],
  'test/mutation': [],
}

/** Files of those folders that run in a process of their own all the same. */
export const ALONE: Readonly<Record<string, string>> = {
  'test/chart/page.test.ts': 'replaces fetch in the page of a browser, which looks like one in the process',
  'test/chart/large-file.longtest.ts': 'the memory of its own process',
  'test/faults/hostile-files.longtest.ts': 'as much processor time as the others together',
  'test/faults/storm-rules.longtest.ts': 'starts a process for each rule, several at once',
  'test/lib/snapshot.test.ts': 'Node finds the file of the snapshots by the name of the file that it starts',
  'test/lib/bundle.test.ts':
    'one server for the whole file, which it starts before its first test and stops after its last',
  'test/shared/peak-memory.test.ts': 'the memory of its own process',
}

/** What takes longest starts first, so that no processor waits for the last one. */
const LONGEST: readonly string[] = [
  'test/readme/snippets.test.ts',
  'test/enrich/all.ts',
  'test/parquet/all.ts',
  'test/features/all.ts',
  'test/bin/commands/all.ts',
  'test/faults/storm-rules.longtest.ts',
  'test/package/all.ts',
  'test/lambda/all.ts',
  'test/lib/all.ts',
  'test/bench/guard.longtest.ts',
  'test/bin/operator/all.ts',
  'test/bin/parquet-supertrend.test.ts',
  'test/chart/page.test.ts',
]

const root = path.resolve(import.meta.dirname, '..')
const found = (pattern: string) =>
  globSync(pattern, { cwd: root, exclude: ['**/node_modules/**'] })
    .map((file) => file.replaceAll('\\', '/'))
    .sort()
const doesLess = (file: string) => /\/thorough\.ts'/.test(readFileSync(path.join(root, file), 'utf8'))

/** All files that run in `npm test`. */
export const TEST_FILES: readonly string[] = found('test/**/*.test.ts')
/** What takes long, and every test file that does less in `npm test`. */
export const LONG_FILES: readonly string[] = [...found('test/**/*.longtest.ts'), ...TEST_FILES.filter(doesLess)]

/** @returns what starts the given files: one file for each process that several of them share, and the others */
export function filesToStart(files: readonly string[]): string[] {
  const folders = Object.keys(TOGETHER).filter((folder) => filesTogether(folder, files).length > 0)
  const together = new Set(folders.flatMap((folder) => filesTogether(folder, files)))
  const starting = [...folders.map((folder) => `${folder}/all.ts`), ...files.filter((file) => !together.has(file))]
  return [...LONGEST.filter((file) => starting.includes(file)), ...starting.filter((file) => !LONGEST.includes(file))]
}

/**
 * @param folder a key of TOGETHER
 * @returns those of the files that run in its process
 */
export function filesTogether(folder: string, files: readonly string[]): string[] {
  const folders = [folder, ...TOGETHER[folder]!]
  return files.filter((file) => !(file in ALONE) && folders.some((each) => file.startsWith(`${each}/`)))
}

/** Registers the tests of a folder in this process. All files are loaded before the first test begins. */
export async function importTestsOf(folder: string): Promise<void> {
  const name = path.relative(root, folder).replaceAll('\\', '/')
  const files = filesTogether(name, quickOrThorough(TEST_FILES, LONG_FILES))
  const imports = files.map((file) => `import '${pathToFileURL(path.join(root, file)).href}'`)
  await import(`data:text/javascript,${encodeURIComponent(imports.join('\n'))}`)
}
