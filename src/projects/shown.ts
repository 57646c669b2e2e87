import type { Project } from './project.ts';

// What a list of projects has room for. One project may have megabytes of labels and settings, and a class a thousand projects.

const MAX_LABEL_CHARS = 4_000;
const MAX_SETTINGS_CHARS = 16_000;

/** The first labels, as many as there is room for. */
export function shownLabels(all: readonly string[]): readonly string[] {
  const labels: string[] = [];
  let room = MAX_LABEL_CHARS;
  for (const label of all) {
    room -= JSON.stringify(label).length;
    if (room < 0) break;
    labels.push(label);
  }
  return labels;
}

/** A project as a list shows it: with its first labels, and without settings that are longer than any page of the IDE makes. */
export function inList(project: Project): Project {
  const { labels, trainConfig } = project;
  const isLong = JSON.stringify(trainConfig).length > MAX_SETTINGS_CHARS;
  return { ...project, labels: shownLabels(labels), trainConfig: isLong ? {} : trainConfig };
}
