/** Compiles snappy.wat. */
import { writeFileSync } from 'node:fs'
import { compiledModule, MODULE_FILE } from './snappy-module.ts'

writeFileSync(MODULE_FILE, await compiledModule())
