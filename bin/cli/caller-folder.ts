/** npm runs the scripts of a clone in its folder, while the paths that are given are those of the caller's folder. */

/** Variables of npm: the folder of the caller, the package, and the script that runs. */
export interface NpmVariables {
  readonly INIT_CWD?: string | undefined
  readonly npm_package_name?: string | undefined
  readonly npm_lifecycle_event?: string | undefined
}

/**
 * The folder in which npm was called; undefined outside npm, and in scripts of other packages, which run the program in their own
 * folder.
 * @param scripts npm scripts of this package that run the program
 */
export function callerFolder(
  { INIT_CWD, npm_package_name, npm_lifecycle_event }: NpmVariables,
  scripts: readonly string[],
): string | undefined {
  const isOurs = npm_package_name === 'parquet-supertrend' && scripts.includes(npm_lifecycle_event ?? '')
  return isOurs && INIT_CWD ? INIT_CWD : undefined
}
