import { useState } from 'preact/hooks';
import type { CardSection, ModelCard as Texts } from '../../src/models/card/schemas.ts';
import { urlWithName } from '../core/api.ts';
import { segment } from '../core/base.ts';
import { language, say } from '../core/language.ts';
import { Scroll } from '../parts/scroll.tsx';
import { sentenceOf } from '../room/actions.ts';
import type { Card } from '../room/types.ts';
import { useLoaded } from '../room/use-loaded.ts';
import { modelVersion } from '../room/use-report.ts';

/** What a stranger should know of the model, in the server's words; asked for when somebody opens it. */
export function ModelCard({ card }: { readonly card: Card }) {
  const [isOpen, setOpen] = useState(false);
  const path = `/projects/${segment(card.id)}/model_card`;
  const { value, refusal } = useLoaded<Texts>(isOpen ? path : undefined, modelVersion(card), path);
  const file = `${path}.html?${new URLSearchParams({ language: language() })}`;
  return (
    <section class="model-card" aria-labelledby="model-card">
      <h3 id="model-card">{say('about.title')}</h3>
      <p>{say('about.what')}</p>
      <div class="buttons">
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {say(isOpen ? 'about.close' : 'about.open')}
        </button>
        <a class="button" href={urlWithName(file)} download>
          {say('about.download')}
        </a>
      </div>
      {isOpen && refusal !== undefined && <p class="why">{sentenceOf(refusal)}</p>}
      {isOpen && value?.sections.map((section) => <Part key={section.title} section={section} />)}
    </section>
  );
}

function Part({ section: { title, lines, table } }: { readonly section: CardSection }) {
  return (
    <div class="part">
      <h4>{title}</h4>
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {table && (
        <Scroll label={title}>
          <table>
            <thead>
              <tr>
                {table.head.map((cell) => (
                  <th key={cell} scope="col">
                    {cell}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {table.rows.map((row) => (
                <Row key={row.join()} names={table.head.slice(1)} cells={row} />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </div>
  );
}

interface RowProps {
  readonly names: readonly string[];
  readonly cells: readonly string[];
}

function Row({ names, cells: [first, ...others] }: RowProps) {
  return (
    <tr>
      <th scope="row">{first}</th>
      {names.map((name, index) => (
        <td key={name}>{others[index]}</td>
      ))}
    </tr>
  );
}
