import type { CardSection, Say } from './schemas.ts';
import type { CardFacts } from './facts.ts';

/** What the model learnt from: labels, counts, scenes, and the weights it started with. */
export function trainedSection({ type, result, training }: CardFacts, say: Say): CardSection {
  const { train_samples: learnt, val_samples: heldBack, scenes, weights, asked } = training;
  const network = result.model ?? '?';
  const table = perLabel(training, say);
  return {
    title: say('trained'),
    lines: [
      learnt === undefined || heldBack === undefined
        ? say('samples_unknown')
        : say('samples', { learnt, held_back: heldBack }),
      ...(table === undefined
        ? [say(type === 'OBJECT_DETECTION' ? 'labels_of_boxes' : 'labels', { labels: training.labels })]
        : []),
      scenes === undefined
        ? say('scenes_unknown')
        : say('scenes', { scenes: scenes.scenes, held_back: scenes.held_back }),
      ...(weights === undefined ? [] : [say(weights === 'random' ? 'from_nothing' : 'pretrained', { network })]),
      ...(asked === undefined || asked === result.model ? [] : [say('other_network', { asked, network })]),
    ],
    ...(table && { table }),
  };
}

/** Undefined where the report has no counts, as of boxes: a photo may show several labels. */
function perLabel({ labels = [], samples_per_label: counts }: CardFacts['training'], say: Say): CardSection['table'] {
  if (counts === undefined) return undefined;
  const countOf = new Map(Object.entries(counts));
  return {
    head: [say('label'), say('learnt_from'), say('held_back')],
    rows: labels.map((label) => {
      const count = countOf.get(label);
      return [label, String(count?.train ?? '–'), String(count?.validation ?? '–')];
    }),
  };
}
