import { useState } from 'preact/hooks';
import { urlOf } from '../core/api.ts';
import { language, say } from '../core/language.ts';
import type { TextKey } from '../core/text-key.ts';
import { sentenceOf } from '../room/actions.ts';
import { classroom } from '../room/classroom.ts';
import { useLoaded } from '../room/use-loaded.ts';
import { Boards } from './boards.tsx';
import { QrCode } from './qr-code.tsx';
import type { Addresses } from './addresses.ts';
import { pageAddressOf, waysOf, type Way } from './addresses.ts';

/** Which address to type where, as text and as a picture for phones. */
export function Connect() {
  const { value: addresses, refusal } = useLoaded<Addresses>('/addresses', '');
  return (
    <div class="connect">
      <h1 tabIndex={-1}>{say('connect.title')}</h1>
      <IdeLight />
      {refusal !== undefined && <p class="why">{sentenceOf(refusal)}</p>}
      {addresses && <PageAddress addresses={addresses} />}
      {addresses && waysOf(addresses).map((way) => <WayCard key={way.kind} way={way} />)}
      <Boards />
      <p>
        <a href={urlOf(`/privacy?language=${language()}`)}>{say('connect.privacy')}</a>
      </p>
    </div>
  );
}

const LIGHTS = { on: 'connect.ide_on', off: 'connect.ide_off' } as const satisfies Record<string, TextKey>;

/** Whether an IDE listens to this server now. */
function IdeLight() {
  const ide = classroom.value?.server.ide;
  if (ide === undefined) return null;
  const light = ide.streams > 0 ? 'on' : 'off';
  return (
    <p class={`light ${light}`} role="status">
      <span class="sign" aria-hidden="true" />
      {say(LIGHTS[light], { count: ide.addresses.length })}
    </p>
  );
}

/** For phones: the camera reads the picture, and this page opens. */
function PageAddress({ addresses }: { readonly addresses: Addresses }) {
  const url = pageAddressOf(addresses);
  return (
    <section class="way" aria-labelledby="phones">
      <div>
        <h2 id="phones">{say('connect.phones')}</h2>
        <p>{say(url === undefined ? 'connect.phones_not' : 'connect.phones_how')}</p>
        {url !== undefined && <Address url={url} />}
      </div>
      {url !== undefined && <QrCode text={url} label={say('connect.qr', { url })} />}
    </section>
  );
}

function WayCard({ way: { kind, urls, trust } }: { readonly way: Way }) {
  return (
    <section class="way" aria-labelledby={`way-${kind}`}>
      <div>
        <h2 id={`way-${kind}`}>{say(`way.${kind}`)}</h2>
        <p>{say(`way.${kind}_how`)}</p>
        {urls.map((url) => (
          <Address key={url} url={url} />
        ))}
        {trust !== undefined && (
          <p>
            {say('connect.trust')} <a href={trust}>{trust}</a>
          </p>
        )}
      </div>
    </section>
  );
}

function Address({ url }: { readonly url: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard.writeText(url).then(() => setCopied(true));
  };
  return (
    <p class="address">
      <code>{url}</code>
      {isSecureContext && (
        <button type="button" class="quiet" onClick={copy}>
          {say(isCopied ? 'connect.copied' : 'connect.copy')}
        </button>
      )}
    </p>
  );
}
