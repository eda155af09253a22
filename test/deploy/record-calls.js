/**
 * Loaded into a process before its code: writes a line for each request to AWS that the process makes, into the file that
 * RECORDED_CALLS names. The requests themselves, because a bundle contains its own copy of the SDK.
 */
import { appendFileSync } from 'node:fs'

const file = process.env.RECORDED_CALLS
if (file) {
  // not imported as an ES module: that would load fetch, too
  const { ClientRequest } = process.getBuiltinModule('node:http')
  const { end } = ClientRequest.prototype
  const caller = process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'operator'
  ClientRequest.prototype.end = function (body, ...others) {
    const [, service] = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(this.getHeader('authorization') ?? '') ?? []
    if (service) {
      const [target, copySource] = ['x-amz-target', 'x-amz-copy-source'].map((name) => this.getHeader(name))
      const text = service !== 's3' && body && typeof body !== 'function' ? Buffer.from(body).toString() : undefined
      const { method, path } = this
      appendFileSync(file, `${JSON.stringify({ caller, service, method, path, target, copySource, body: text })}\n`)
    }
    return end.call(this, body, ...others)
  }
}
