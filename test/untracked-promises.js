// The test runner of Node follows each promise to the test that made it, to name that test when an error comes that nobody
// awaits. That takes a tenth of the processor time of `npm test`, and two thirds of that of a file of 300,000 pages. Without it
// such an error fails the file, whose name is in the report; the file alone, with `node --test FILE`, names the test.
import asyncHooks from 'node:async_hooks'

const { createHook } = asyncHooks
// the runner takes this function when it is loaded, which is later; a Node that does not know the option follows promises
asyncHooks.createHook = (callbacks) => createHook({ trackPromises: false, ...callbacks })
