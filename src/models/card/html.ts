import { createHash } from 'node:crypto';
import { escaped } from '../../http/escaped.ts';
import type { Language } from '../../messages/language.ts';
import type { CardSection, ModelCard } from './schemas.ts';

// The model card as one HTML file.

const STYLE = `
:root { color-scheme: light dark; }
body { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; font: 1.0625rem/1.65 system-ui, "Noto Sans Thai", "Leelawadee UI", Thonburi, sans-serif; }
h1, h2 { line-height: 1.35; overflow-wrap: anywhere; } h2 { margin: 2rem 0 .4rem; font-size: 1.2rem; }
p { margin: .4rem 0; } p, th, td { overflow-wrap: anywhere; }
table { border-collapse: collapse; margin: .8rem 0; } th, td { padding: .3rem .7rem; border: 1px solid #8a949c; text-align: left; }
`;
/** A browser loads nothing and runs no program, even if a pupil named a label like one. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

/** The card as one file that needs nothing else. */
export function cardHtml({ title, sections }: ModelCard, language: Language): string {
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${escaped(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(title)}</title><style>${STYLE}</style></head>
<body><main><h1>${escaped(title)}</h1>
${sections.map(sectionOf).join('\n')}
</main></body></html>
`;
}

function sectionOf({ title, lines, table }: CardSection): string {
  const paragraphs = lines.map((line) => `<p>${escaped(line)}</p>`).join('\n');
  return `<h2>${escaped(title)}</h2>\n${paragraphs}${table === undefined ? '' : tableOf(table)}`;
}

function tableOf({ head, rows }: NonNullable<CardSection['table']>): string {
  const heads = head.map((cell) => `<th scope="col">${escaped(cell)}</th>`).join('');
  const lines = rows.map(
    ([first = '', ...others]) =>
      `<tr><th scope="row">${escaped(first)}</th>${others.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`,
  );
  return `\n<table><thead><tr>${heads}</tr></thead><tbody>\n${lines.join('\n')}\n</tbody></table>`;
}
