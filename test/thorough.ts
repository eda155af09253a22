/** Amounts of work that differ between `npm test`, which is quick, and `npm run test:long`, which CI runs as well. */
const isThorough = process.env.TEST_EFFORT === 'thorough'

/** Of two sizes, numbers of runs or lists, the one for this run. The rule that the test checks is the same for both. */
export const quickOrThorough = <T>(quick: T, thorough: T): T => (isThorough ? thorough : quick)
