/** Bundles the code of a function into a folder: `node bundle.ts NAME FOLDER`. */
import { bundle, FUNCTION_NAMES } from '../lib/bundle.ts'

const [asked, bundleFolder] = process.argv.slice(2)
const askedFunction = FUNCTION_NAMES.find((name) => name === asked)
if (askedFunction === undefined || bundleFolder === undefined) {
  process.stderr.write(
    `error: the arguments are ${asked} and ${bundleFolder}; expected are one of ${FUNCTION_NAMES.join(', ')}, and a folder\n`,
  )
  process.exit(2)
}
await bundle(askedFunction, bundleFolder)
