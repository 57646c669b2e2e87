/** The path in front of every address of the API: empty, or `/w/<key>` as the page itself was asked for. */
export function baseOf(pathname: string): string {
  return pathname.slice(0, pathname.lastIndexOf('/'));
}

/** One segment of a path: a project's id may hold Thai letters and blanks. */
export function segment(text: string): string {
  return encodeURIComponent(text);
}
