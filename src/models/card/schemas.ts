import { type Static, Type } from 'typebox';

// What a stranger should know of a model before they use it (Mitchell et al. 2019, "Model Cards for Model Reporting",
// arXiv 1810.03993), in words that a child reads.

export const CardSection = Type.Object({
  title: Type.String(),
  lines: Type.Array(Type.String()),
  table: Type.Optional(Type.Object({ head: Type.Array(Type.String()), rows: Type.Array(Type.Array(Type.String())) })),
});
export const ModelCard = Type.Object(
  { title: Type.String(), sections: Type.Array(CardSection) },
  { description: 'Texts, for people: names and labels are as pupils wrote them.' },
);
export type ModelCard = Static<typeof ModelCard>;
export type CardSection = Static<typeof CardSection>;

/** The sentence of a code. */
export type Say = (code: string, params?: Readonly<Record<string, unknown>>) => string;
