// The test runner of Node follows each promise to the test that made it, to name that test when an error comes that nobody
// awaits. That takes a tenth of the processor time of `npm test`. Without it such an error fails the file, whose name is in the
// report; the file alone, with `node --test FILE`, names the test. Suites are found by other means.
import { createHook } from 'node:async_hooks'

const hooks = Object.getPrototypeOf(createHook({}))
const { enable } = hooks
const example = createHook({ destroy() {} })
const names = Object.getOwnPropertySymbols(example)
const destroy = names.find((name) => typeof example[name] === 'function')
// an older Node has no such property, and follows promises all the same
const withoutPromises = names.find((name) => name.description === 'kNoPromiseHook')
hooks.enable = function () {
  // AsyncLocalStorage may follow promises with a hook of its own, which has no destroy
  if (withoutPromises !== undefined && typeof this[destroy] === 'function') this[withoutPromises] = true
  return enable.call(this)
}
