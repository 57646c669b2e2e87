/**
 * The header that names a download, for names in any script: RFC 6266, with an ASCII name for old programs.
 * Nothing but plain ASCII gets into it, so a name cannot add a parameter or a header.
 */
export function attachment(name: string): string {
  const ascii = name.replace(/[^A-Za-z0-9 ._~()-]/gu, '_');
  const plain = `attachment; filename="${ascii}"`;
  return ascii === name ? plain : `${plain}; filename*=UTF-8''${encoded(name)}`;
}

/** RFC 5987 allows fewer characters than encodeURIComponent leaves. */
function encoded(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
