import { escaped } from '../http/escaped.ts';
import { ENGLISH, THAI, type TrustTexts } from './trust-texts.ts';

// The page /trust: how a browser accepts the server's certificate.

export interface TrustState {
  /** Origin of the https address; undefined: https is off. */
  readonly secure: string | undefined;
  /** The page itself came over https, so the browser accepts the certificate. */
  readonly isSecure: boolean;
  /** What follows the origin in the IDE. */
  readonly keyPath: string;
  /** Of the authority that can be downloaded; undefined: the certificate was given to the server. */
  readonly fingerprint: string | undefined;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1d2733; --soft: #56646f; --line: #d5dde3; --paper: #fff; --tint: #f2f6f8; --accent: #0b6bcb; --good: #0f7b4f; --good-tint: #e8f6ef; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf1; --soft: #a6b3bd; --line: #37434d; --paper: #161c21; --tint: #20292f; --accent: #6db3ff; --good: #6fdcab; --good-tint: #16332a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.65 system-ui, "Noto Sans Thai", "Leelawadee UI", Thonburi, sans-serif; }
main { max-width: 44rem; margin: 0 auto; padding: 1.25rem 1.25rem 4rem; }
nav { text-align: right; }
a { color: var(--accent); overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.3; margin: 1.5rem 0 .5rem; }
h2 { font-size: 1.2rem; line-height: 1.4; margin: 2rem 0 .5rem; }
section + section { border-top: 1px solid var(--line); margin-top: 3rem; padding-top: 1rem; }
ol { padding-left: 1.4rem; margin: .5rem 0; } li { margin: .45rem 0; }
.note { color: var(--soft); font-size: .95rem; }
.done { background: var(--good-tint); border-left: .3rem solid var(--good); border-radius: .4rem; padding: .8rem 1rem; }
.button { display: inline-block; background: var(--accent); color: var(--paper); border-radius: .5rem; padding: .6rem 1.1rem; font-weight: 600; text-decoration: none; }
code { background: var(--tint); border-radius: .3rem; padding: .1rem .35rem; font-size: .92em; overflow-wrap: anywhere; }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .6rem 0; padding: 0 1rem; } details[open] { padding-bottom: .5rem; }
summary { cursor: pointer; font-weight: 600; padding: .6rem 0; }
`;

/** `/trust`: one page, both languages, nothing from elsewhere. */
export function trustPage(state: TrustState): string {
  return `<!doctype html>
<html lang="th"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>KidBright mAI · ${escaped(ENGLISH.title)}</title><style>${STYLE}</style></head>
<body><main><nav><a href="#th">ไทย</a> · <a href="#en">English</a></nav>
${[THAI, ENGLISH].map((texts) => sectionOf(texts, state)).join('\n')}
</main></body></html>
`;
}

function sectionOf(texts: TrustTexts, state: TrustState): string {
  const { secure } = state;
  const parts =
    secure === undefined
      ? [paragraph(texts.off)]
      : state.isSecure
        ? [doneOf(texts, state, secure)]
        : [paragraph(texts.why)];
  if (secure !== undefined && state.fingerprint !== undefined) {
    if (!state.isSecure) parts.push(quickWay(texts, state, secure));
    parts.push(lastingWay(texts, state, secure, state.fingerprint));
  } else if (secure !== undefined) {
    parts.push(paragraph(texts.given));
    if (!state.isSecure) parts.push(`<p>${addressOf(state, secure)}</p>`);
  }
  parts.push(paragraph(texts.sameComputer, 'note'));
  return `<section id="${texts.language}" lang="${texts.language}"><h1>${escaped(texts.title)}</h1>\n${parts.join('\n')}</section>`;
}

function doneOf(texts: TrustTexts, state: TrustState, secure: string): string {
  return `<div class="done"><p>${escaped(texts.done)}<br><strong>${addressOf(state, secure)}</strong></p>${keyNote(texts, state)}</div>`;
}

function quickWay(texts: TrustTexts, state: TrustState, secure: string): string {
  const link = `<a href="${escaped(secure)}/trust" target="_blank" rel="noopener">${escaped(secure)}/trust</a>`;
  const steps = texts.quickSteps.map(
    (step) => `<li>${filled(step, { open: link, address: addressOf(state, secure) })}</li>`,
  );
  return `<h2>${escaped(texts.quick)}</h2>\n<ol>${steps.join('\n')}</ol>\n${keyNote(texts, state)}${paragraph(texts.quickNote, 'note')}`;
}

function lastingWay(texts: TrustTexts, state: TrustState, secure: string, fingerprint: string): string {
  const devices = texts.devices.map(
    ({ name, steps }) =>
      `<details><summary>${escaped(name)}</summary><ol>${steps.map((step) => `<li>${escaped(step)}</li>`).join('')}</ol></details>`,
  );
  return `<h2>${escaped(texts.lasting)}</h2>
${paragraph(texts.lastingWhy)}
<p><a class="button" href="/trust/ca.crt">${escaped(texts.download)}</a></p>
<p class="note">${escaped(texts.compare)}<br><code>${escaped(fingerprint)}</code></p>
${devices.join('\n')}
<p>${filled(texts.afterwards, { address: addressOf(state, secure) })}</p>${keyNote(texts, state)}`;
}

function addressOf({ keyPath }: TrustState, secure: string): string {
  return `<code>${escaped(secure + keyPath)}</code>`;
}

function keyNote(texts: TrustTexts, { keyPath }: TrustState): string {
  return keyPath === '' ? '' : paragraph(texts.withKey, 'note');
}

function paragraph(text: string, kind?: 'note'): string {
  return `<p${kind === undefined ? '' : ` class="${kind}"`}>${escaped(text)}</p>`;
}

/** Texts are escaped, what is put into them is markup already. */
function filled(text: string, values: Readonly<Record<string, string>>): string {
  return escaped(text).replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
