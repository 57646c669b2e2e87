import type { CardSection, Say } from './schemas.ts';
import type { CardFacts } from './facts.ts';

// The section of a model card about what the model cannot do.

/** With fewer examples a label is weak; the findings have the same limit. */
const ENOUGH = 20;

/** What it was never shown, and so cannot be trusted with. */
export function limitsSection({ training, conversion, leftOut }: CardFacts, say: Say): CardSection {
  const { labels = [], samples_per_label: counts = {}, findings = [] } = training;
  const few = Object.entries(counts).flatMap(([label, { train }]) => (train < ENOUGH ? [`${label} (${train})`] : []));
  const labelsOf = (code: string) =>
    findings.flatMap((finding) => (finding.code === code ? (finding.labels ?? []) : []));
  const [oneScene, fewScenes] = [labelsOf('one_scene'), labelsOf('few_scenes')];
  const mislabelled = findings.find(({ code }) => code === 'mislabelled')?.count ?? 0;
  const threshold = conversion?.unknown?.threshold ?? undefined;
  return {
    title: say('limits'),
    lines: [
      ...(labels.length > 0 ? [say('never_else', { labels })] : []),
      leftOut === undefined ? say('else_unknown') : say('else_tried', { ...leftOut }),
      ...(threshold === undefined ? [] : [say('threshold', { threshold, kept: conversion?.unknown?.kept_percent })]),
      ...(oneScene.length > 0 ? [say('one_scene', { labels: oneScene })] : []),
      ...(fewScenes.length > 0 ? [say('few_scenes', { labels: fewScenes })] : []),
      ...(few.length > 0 ? [say('few', { labels: few, enough: ENOUGH })] : []),
      ...(mislabelled > 0 ? [say('mislabelled', { count: mislabelled })] : []),
      say('never_elsewhere'),
    ],
  };
}
