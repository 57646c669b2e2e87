import { useEffect, useState } from 'preact/hooks';
import { getJson, type Refusal } from '../core/api.ts';
import { language } from '../core/language.ts';

export interface Loaded<Value> {
  readonly value?: Value;
  readonly refusal?: Refusal;
}

/** An answer of the server, asked for anew when `version` or the language changes. The old one stays until the new one is there. */
export function useLoaded<Value>(path: string | undefined, version: string): Loaded<Value> {
  const [loaded, setLoaded] = useState<Loaded<Value> & { readonly path?: string }>({});
  const spoken = language();
  useEffect(() => {
    if (path === undefined) return;
    let isCurrent = true;
    getJson<Value>(path).then(
      (value) => isCurrent && setLoaded({ path, value }),
      (refusal: Refusal) => isCurrent && setLoaded({ path, refusal }),
    );
    return () => {
      isCurrent = false;
    };
  }, [path, version, spoken]);
  return loaded.path === path ? loaded : {};
}
