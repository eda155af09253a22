/** The outputs of one pipeline among those of its stack: the id of the pipeline precedes the name of each. */
import { RefusedError } from '../../functions/shared/errors.ts'

/** Every pipeline has it. */
const MARK = 'BackfillArn'

/**
 * @param pipeline id of the construct, which may be left out if the stack has one pipeline
 * @returns what precedes the names of the outputs: the id as CloudFormation has it, empty for the construct `Default`
 * @throws RefusedError when the stack has no such pipeline, or several and none is named
 */
export function pipelineIn(
  stackName: string,
  outputs: ReadonlyMap<string, string>,
  pipeline: string | undefined,
): string {
  const ids = [...outputs.keys()].filter((key) => key.endsWith(MARK)).map((key) => key.slice(0, -MARK.length))
  const allowed = ids.join(', ')
  if (ids.length === 0) {
    const reason = 'has no outputs of a pipeline; set "outputs: true" in the pipeline and deploy it again'
    throw new RefusedError('settings', `${stackName} ${reason}`)
  }
  if (pipeline === undefined) {
    if (ids.length === 1) return ids[0]!
    throw new RefusedError('settings', `${stackName} has several pipelines; allowed are --pipeline ${allowed}`)
  }
  const wanted = pipeline.replaceAll(/[^A-Za-z0-9]/g, '')
  if (ids.includes(wanted)) return wanted
  throw new RefusedError('settings', `--pipeline is "${pipeline}"; allowed in ${stackName} are ${allowed}`)
}

/** @returns the outputs of the pipeline, without its id */
export function outputsOf(outputs: ReadonlyMap<string, string>, id: string): ReadonlyMap<string, string> {
  const own = [...outputs].filter(([key]) => key.startsWith(id))
  return new Map(own.map(([key, value]) => [key.slice(id.length), value]))
}
