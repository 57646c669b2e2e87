import { useEffect, useRef, useState } from 'preact/hooks';
import { getJson, type Refusal } from '../core/api.ts';
import { segment } from '../core/base.ts';
import { language } from '../core/language.ts';
import type { Heat } from './heat.ts';

export type Look =
  | { readonly state: 'closed' | 'asking' }
  | { readonly state: 'seen'; readonly heat: Heat }
  | { readonly state: 'refused'; readonly refusal: Refusal };

export interface Looking {
  readonly look: Look;
  /** Asks, or ends what is asked or shown. */
  press(): void;
}

/** Where the network looked in one photo, asked for when somebody presses: it costs the server a second or two. */
export function useHeat(project: string, sample: string): Looking {
  const [look, setLook] = useState<Look>({ state: 'closed' });
  const asking = useRef<AbortController>(null);
  useEffect(() => () => asking.current?.abort(), []);
  // a refusal is in the language that it was asked in
  useEffect(() => setLook((shown) => (shown.state === 'refused' ? { state: 'closed' } : shown)), [language()]);
  const press = () => {
    asking.current?.abort();
    if (look.state === 'asking' || look.state === 'seen') return setLook({ state: 'closed' });
    const { signal } = (asking.current = new AbortController());
    const show = (next: Look) => {
      if (!signal.aborted) setLook(next);
    };
    setLook({ state: 'asking' });
    getJson<Heat>(`/projects/${segment(project)}/samples/${segment(sample)}/heat`, signal).then(
      (heat) => show({ state: 'seen', heat }),
      (refusal: Refusal) => show({ state: 'refused', refusal }),
    );
  };
  return { look, press };
}
