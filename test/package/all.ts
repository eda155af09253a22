import { importTestsOf } from '../together.ts'

await importTestsOf(import.meta.dirname)
