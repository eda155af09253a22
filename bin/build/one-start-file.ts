import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild'

/**
 * Builds a program whose start loads two files: its entry point, and one with all modules that this imports. esbuild alone
 * splits them by which of the modules that are imported on demand need them too: into sixty files, of which each takes Node
 * 0.7 ms. What is imported on demand stays in files of its own.
 * @param options of a build with `splitting` and one entry point
 */
export async function buildOneStartFile(options: BuildOptions & { readonly entryPoints: [string] }): Promise<Metafile> {
  const { metafile } = await build({ ...options, metafile: true, write: false })
  const built = await build({
    ...options,
    metafile: true,
    plugins: [importedTogether(metafile, options.entryPoints[0])],
    // what these imports are for is not their side effects
    logOverride: { 'ignored-bare-import': 'silent' },
  })
  return built.metafile
}

/** A module in all files that are imported on demand is not split: this is one that imports those of the start. */
const START = 'modules-of-the-start'

/** Makes each module that is imported on demand import those of the start, which are loaded by then. */
function importedTogether({ outputs }: Metafile, entryPoint: string): Plugin {
  const entry = path.relative(process.cwd(), entryPoint)
  const start = modulesLoadedWith(outputs, entry)
  const onDemand = new Set(
    Object.values(outputs).flatMap((output) => (output.entryPoint ? [path.resolve(output.entryPoint)] : [])),
  )
  onDemand.delete(path.resolve(entryPoint))
  return {
    name: START,
    setup(building) {
      building.onResolve({ filter: new RegExp(`^${START}$`) }, () => ({ path: START, namespace: START }))
      building.onLoad({ filter: /.*/, namespace: START }, () => ({
        contents: start.map((module) => `import ${JSON.stringify(module)}\n`).join(''),
        resolveDir: path.dirname(entryPoint),
      }))
      building.onLoad({ filter: /\.ts$/, namespace: 'file' }, ({ path }) =>
        onDemand.has(path)
          ? { contents: `${readFileSync(path, 'utf8')}\nimport '${START}'\n`, loader: 'ts' }
          : undefined,
      )
    },
  }
}

/** @returns the absolute paths of the modules that are evaluated before the entry point */
function modulesLoadedWith(outputs: Metafile['outputs'], entry: string): string[] {
  const loaded = new Set<string>()
  const load = (file: string) => {
    const output = outputs[file]
    if (output === undefined || loaded.has(file)) return
    loaded.add(file)
    for (const { path, kind } of output.imports) if (kind === 'import-statement') load(path)
  }
  load(Object.keys(outputs).find((file) => outputs[file]!.entryPoint === entry)!)
  return [...loaded]
    .flatMap((file) => Object.keys(outputs[file]!.inputs))
    .filter((module) => module !== entry)
    .map((module) => path.resolve(module))
}
