import type { AppError } from '../errors.ts';
import type { Language } from '../messages/language.ts';
import { sentenceOf } from '../messages/sentence.ts';
import { escaped } from './escaped.ts';

// What a person sees in a browser whose address has no key or a wrong one. It names nothing of the class.

export const KEY_PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
};

const STYLE = `
:root { color-scheme: light dark; --ink: #1d2730; --paper: #f5f4ef; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf1; --paper: #161c21; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.125rem/1.65 system-ui, "Noto Sans Thai", "Leelawadee UI", Thonburi, sans-serif; }
main { max-width: 36rem; margin: 0 auto; padding: 1.5rem 1.25rem; }
h1 { font-size: 1.6rem; line-height: 1.35; }
`;

/** A small page with no link and nothing from elsewhere. */
export function keyPage(error: AppError, language: Language): string {
  const title = sentenceOf('key_page_title', {}, language);
  const text = error.code === 'key_needed' ? sentenceOf('key_page_text', {}, language) : error.in(language);
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} · KidBright mAI</title><style>${STYLE}</style></head>
<body><main><h1>${escaped(title)}</h1><p>${escaped(text)}</p></main></body></html>
`;
}
