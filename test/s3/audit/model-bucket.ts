/** The objects of a bucket after changes without events, and the counts that an audit of it has to find. */
import { AUDIT_METRICS } from '../../../functions/shared/names.ts'

export type ContentName = 'a' | 'b' | 'corrupt'

/** One command of the AWS CLI. */
export type Change = { readonly name: string } & (
  | { readonly what: 'put'; readonly content: ContentName }
  | { readonly what: 'copy'; readonly from: string }
  | { readonly what: 'delete'; readonly of: 'input' | 'output' | 'report' }
)

interface Input {
  readonly content: ContentName
  /** Number of the upload: a report is about one of them. */
  readonly upload: number
}

/** The objects of one name. */
interface Held {
  input?: Input | undefined
  /** The content that it was made of. */
  output?: ContentName | undefined
  report?: (Input & { readonly publishedFrom: ContentName | undefined }) | undefined
}

type Verdict = 'fine' | 'gone' | 'refused' | 'missing' | 'stale' | 'orphaned-report'

const CONTENTS: readonly ContentName[] = ['a', 'b', 'corrupt']

export class ModelBucket {
  readonly #held = new Map<string, Held>()
  #uploads = 0

  /** A file with an event. */
  uploadAndEnrich(name: string, content: ContentName): void {
    const held = this.#at(name)
    held.input = { content, upload: ++this.#uploads }
    if (content !== 'corrupt') Object.assign(held, { output: content, report: undefined })
    else held.report = { ...held.input, publishedFrom: held.output }
  }

  /** @yields changes that the state allows, each of them made in the model */
  *changes(next: () => number, count: number): Generator<Change, undefined> {
    const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!
    for (let i = 0; i < count; i++) {
      const isNew = next() < 0.2
      const name = isNew ? `new ${i}.parquet` : pick([...this.#held.keys()])
      const uploaded = [...this.#held].filter(([other, { input }]) => input && other !== name).map(([other]) => other)
      const there = (['input', 'output', 'report'] as const).filter((what) => this.#held.get(name)?.[what])
      const drawn = next()
      let change: Change = { name, what: 'put', content: pick(CONTENTS) }
      if (drawn < 0.4 && there.length > 0) change = { name, what: 'delete', of: pick(there) }
      else if (drawn < 0.6 && uploaded.length > 0) change = { name, what: 'copy', from: pick(uploaded) }
      this.#make(change)
      yield change
    }
    return undefined
  }

  /** @returns the metrics of an audit */
  counts(): Record<string, number> {
    const verdicts = [...this.#held.values()].map(verdictOf)
    const of = (verdict: Verdict) => verdicts.filter((other) => other === verdict).length
    const [missing, stale, orphaned] = [of('missing'), of('stale'), of('orphaned-report')]
    return {
      [AUDIT_METRICS.missing]: missing,
      [AUDIT_METRICS.stale]: stale,
      [AUDIT_METRICS['orphaned-report']]: orphaned,
      [AUDIT_METRICS.foreign]: 0,
      [AUDIT_METRICS.unreadable]: 0,
      [AUDIT_METRICS.refused]: of('refused'),
      [AUDIT_METRICS.unsettled]: missing + stale + orphaned,
      [AUDIT_METRICS.incomplete]: 0,
    }
  }

  #at(name: string): Held {
    const held = this.#held.get(name) ?? {}
    this.#held.set(name, held)
    return held
  }

  #make(change: Change): void {
    const held = this.#at(change.name)
    if (change.what === 'delete') held[change.of] = undefined
    else {
      const content = change.what === 'put' ? change.content : this.#held.get(change.from)!.input!.content
      held.input = { content, upload: ++this.#uploads }
    }
  }
}

/** The table of the runbook, in terms of what was done. */
function verdictOf({ input, output, report }: Held): Verdict {
  if (!input) return report ? 'orphaned-report' : 'gone'
  if (output === input.content) return report ? 'orphaned-report' : 'fine'
  if (report?.upload === input.upload && report.publishedFrom === output) return 'refused'
  return output || report ? 'stale' : 'missing'
}
