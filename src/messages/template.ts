/** A sentence cut into its parts: text, places for parameters, and parts that need their parameters. */
export type Part =
  | { readonly text: string }
  | { readonly param: string; readonly format: string | undefined }
  | { readonly optional: readonly Part[] };

const TOKEN = /\[\[(.*?)\]\]|\{([A-Za-z_][A-Za-z0-9_]*)(?::([a-z]+))?\}/gs;

/** `Epoch {epoch} of {max_epoch}[[, about {eta_s:duration} left]]` → parts. */
export function parseTemplate(source: string): Part[] {
  const parts: Part[] = [];
  let done = 0;
  for (const match of source.matchAll(TOKEN)) {
    if (match.index > done) parts.push({ text: source.slice(done, match.index) });
    const [whole, optional, param, format] = match;
    if (optional !== undefined) parts.push({ optional: parseTemplate(optional) });
    else if (param !== undefined) parts.push({ param, format });
    done = match.index + whole.length;
  }
  if (done < source.length) parts.push({ text: source.slice(done) });
  return parts;
}

/** Every parameter a template names, with whether it can do without. */
export function paramsOf(parts: readonly Part[], optional = false): { param: string; optional: boolean }[] {
  return parts.flatMap((part) => {
    if ('param' in part) return [{ param: part.param, optional }];
    return 'optional' in part ? paramsOf(part.optional, true) : [];
  });
}
