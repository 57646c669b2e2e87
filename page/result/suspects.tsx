import { say } from '../core/language.ts';
import { hashOf } from '../core/route.ts';
import { shortName } from '../parts/thumbnail.tsx';
import type { Suspect } from '../room/report.ts';

/** Photos that probably have the wrong label. */
export function Suspects({ id, suspects }: { readonly id: string; readonly suspects: readonly Suspect[] }) {
  if (suspects.length === 0) return null;
  return (
    <section aria-labelledby="suspects">
      <h3 id="suspects">{say('suspects.title', { count: suspects.length })}</h3>
      <ul>
        {suspects.map(({ file, label, suggestion }) => (
          <li key={file}>{say('suspects.one', { file: shortName(file), label, suggestion })}</li>
        ))}
      </ul>
      <a class="button" href={hashOf({ screen: 'project', id, part: 'photos' })}>
        {say('suspects.look')}
      </a>
    </section>
  );
}
