/** `npm run docs`: writes the parts of README.md and docs that are made from the code, and the sample. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { root } from './documents.ts'
import { generatedFiles } from './generated.ts'

for (const [name, content] of await generatedFiles()) writeFileSync(path.join(root, name), content)
