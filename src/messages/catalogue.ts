import { readFileSync, readdirSync } from 'node:fs';
import { makeCatalogue, type Catalogue, type Sentences } from './make-catalogue.ts';

export { makeCatalogue, type Catalogue, type Sentences };

const FOLDER = new URL('../../contract/messages/', import.meta.url);

/** All topics of contract/messages as one catalogue. A key in two topics is a mistake that a test finds; the first one counts. */
export function loadCatalogue(): Catalogue {
  const topics = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .sort();
  return makeCatalogue(topics.flatMap((name) => Object.entries(readTopic(name))));
}

export function readTopic(name: string): Record<string, Sentences> {
  return JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Record<string, Sentences>;
}
