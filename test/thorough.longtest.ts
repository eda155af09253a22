/** Runs every test file that does less in `npm test` again, with all of its work. */
import { globSync, readFileSync } from 'node:fs'

process.env.TEST_EFFORT = 'thorough'
for (const name of globSync('**/*.test.ts', { cwd: import.meta.dirname }).sort()) {
  const file = new URL(name, import.meta.url)
  if (readFileSync(file, 'utf8').includes('/thorough.ts')) await import(file.href)
}
