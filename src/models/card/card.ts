import type { Language } from '../../messages/language.ts';
import { sentenceOf } from '../../messages/sentence.ts';
import { boardSection } from './board-section.ts';
import type { CardFacts } from './facts.ts';
import { limitsSection } from './limits-section.ts';
import { mixedUpSection, rightSection } from './right-section.ts';
import type { ModelCard, Say } from './schemas.ts';
import { settingsSection } from './settings-section.ts';
import { trainedSection } from './trained-section.ts';

/** What is known of a model, a section for each question. */
export function cardOf(facts: CardFacts, language: Language): ModelCard {
  const say: Say = (code, params = {}) => sentenceOf(`model_card.${code}`, params, language);
  return {
    title: say('title', { name: facts.name }),
    sections: [
      trainedSection(facts, say),
      rightSection(facts, say),
      mixedUpSection(facts, say),
      boardSection(facts, say),
      limitsSection(facts, say),
      settingsSection(facts, say, language),
    ],
  };
}
