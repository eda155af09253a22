// Test files and the programs that they start share one cache of compiled code: each saves up to 0.3 s of processor time.
import { enableCompileCache } from 'node:module'
import os from 'node:os'
import path from 'node:path'

enableCompileCache()
process.env.NODE_COMPILE_CACHE ??= path.join(os.tmpdir(), 'node-compile-cache')
