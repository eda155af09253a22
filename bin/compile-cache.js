// Node strips types and compiles each module at every start; its compile cache keeps the result, which halves the time to the
// first line of the program. This file is JavaScript, because the type stripper itself takes 40 ms to load.
import * as nodeModule from 'node:module'

// Node has it since 22.1
nodeModule.enableCompileCache?.()
