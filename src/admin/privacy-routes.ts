import { createHash } from 'node:crypto';
import Negotiator from 'negotiator';
import { Type } from 'typebox';
import type { App } from '../http/app-type.ts';
import { escaped } from '../http/escaped.ts';
import { failures } from '../http/fail.ts';
import { oneOf } from '../http/one-of.ts';
import { type Language, LANGUAGES, languageOf } from '../messages/language.ts';
import { sentenceOf } from '../messages/sentence.ts';
import { type PrivacyFacts, type PrivacyNotice, privacyNotice } from './privacy.ts';

// What is kept, where, until when and who can see it: for a browser as a page, for programs as JSON. No key is needed.

const PrivacyAnswer = Type.Object({
  title: Type.String(),
  sections: Type.Array(Type.Object({ title: Type.String(), lines: Type.Array(Type.String()) })),
});
const PrivacyQuery = Type.Object({ language: Type.Optional(oneOf(LANGUAGES, 'Else as Accept-Language asks.')) });

const STYLE = `
:root { color-scheme: light dark; }
body { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; font: 1.0625rem/1.7 system-ui, "Noto Sans Thai", "Leelawadee UI", Thonburi, sans-serif; }
h1, h2 { line-height: 1.35; } h2 { margin: 1.8rem 0 .3rem; font-size: 1.2rem; }
ul { margin: 0; padding-left: 1.3rem; } li { margin: .3rem 0; }
`;
const HEADERS = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'cache-control': 'no-store',
  vary: 'Origin, Accept, Accept-Language',
};

export async function privacyRoutes(app: App, { facts }: { readonly facts: PrivacyFacts }): Promise<void> {
  app.get(
    '/privacy',
    {
      config: { neverShed: true },
      schema: {
        tags: ['operation'],
        summary: 'What is kept of whom, where, until when, and who can see it; as a page where text/html is asked for',
        querystring: PrivacyQuery,
        response: { 200: PrivacyAnswer, ...failures },
      },
    },
    async (request, reply) => {
      const language = languageOf(request, request.query.language);
      const notice = privacyNotice(facts, language);
      reply.headers(HEADERS);
      const wanted = new Negotiator(request.raw).mediaType(['application/json', 'text/html']);
      if (wanted !== 'text/html') return notice;
      return reply
        .type('text/html; charset=utf-8')
        .serializer((html: string) => html)
        .send(pageOf(notice, language) as never);
    },
  );
}

function pageOf({ title, sections }: PrivacyNotice, language: Language): string {
  const other = LANGUAGES.find((one) => one !== language) ?? language;
  const parts = sections.map(
    (section) =>
      `<h2>${escaped(section.title)}</h2>\n<ul>${section.lines.map((line) => `<li>${escaped(line)}</li>`).join('\n')}</ul>`,
  );
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title><style>${STYLE}</style></head>
<body><main><p><a href="?language=${other}" lang="${other}">${escaped(sentenceOf('privacy.language', {}, language))}</a></p>
<h1>${escaped(title)}</h1>
${parts.join('\n')}
</main></body></html>
`;
}
