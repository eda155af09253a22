/** Patterns of folders, each of which is a sequence of files. */

/**
 * @param within names joined by `/`, without one at the end; a star stands for any part of one name
 * @returns finds the folder at the beginning of a key, with the `/` at its end
 */
export function folderPattern(within: string): RegExp {
  return new RegExp(`^${within.split('*').map(escapedPattern).join('[^/]*')}/`)
}

function escapedPattern(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')
}
