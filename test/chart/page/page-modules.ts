/** The modules of the page, which are JavaScript for browsers; those that draw nothing also run here. */

// biome-ignore lint/suspicious/noExplicitAny: the page has no types
export async function pageModule(name: string): Promise<any> {
  return import(String(new URL(`../../../functions/chart/page/${name}`, import.meta.url)))
}
