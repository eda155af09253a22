/** SHA-256. node:crypto is loaded at the first call, because that takes 10 ms and hardly any file needs it. */
export function sha256(bytes: Uint8Array): Buffer {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(bytes).digest()
}
