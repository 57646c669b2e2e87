import { useEffect, useState } from 'preact/hooks';
import { getJson, type Refusal } from '../core/api.ts';
import { language } from '../core/language.ts';
import { myName } from '../core/my-name.ts';

export interface Loaded<Value> {
  readonly value?: Value;
  readonly refusal?: Refusal;
}

/**
 * An answer of the server, asked for anew when `version`, the language or who asks changes. The old one stays until the new one is
 * there, also from another path where both are `of` the same thing.
 */
export function useLoaded<Value>(path: string | undefined, version: string, of = path): Loaded<Value> {
  const [loaded, setLoaded] = useState<Loaded<Value> & { readonly of?: string | undefined }>({});
  const spoken = language();
  const name = myName.value;
  useEffect(() => {
    if (path === undefined) return;
    let isCurrent = true;
    getJson<Value>(path).then(
      (value) => isCurrent && setLoaded({ of, value }),
      (refusal: Refusal) => isCurrent && setLoaded({ of, refusal }),
    );
    return () => {
      isCurrent = false;
    };
  }, [path, version, spoken, name]);
  return loaded.of === of ? loaded : {};
}
