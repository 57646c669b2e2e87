import { withPoints } from './state.ts';
import type { ClassEvent } from './types.ts';

// Events that came and are not drawn yet. Forty trainings report faster than a slow computer draws, so newer
// progress of a project replaces its older progress.

/** The list with one more event, in an order that leads to the same class. */
export function gathered(waiting: readonly ClassEvent[], event: ClassEvent): ClassEvent[] {
  if (event.event === 'class') return [event];
  if (event.event !== 'progress') return [...waiting, event];
  const before = waiting.findLast((other) => projectOf(other) === event.project_id);
  if (before?.event !== 'progress') return [...waiting, event];
  const both = { ...event, points: withPoints(before.points, event.points) };
  return waiting.map((other) => (other === before ? both : other));
}

/** A whole class as its first projects and then the others: something is there at once on a slow computer, too. */
export function inParts(event: Extract<ClassEvent, { event: 'class' }>, first: number): ClassEvent[] {
  const { projects } = event;
  return [
    { ...event, projects: projects.slice(0, first) },
    ...projects.slice(first).map((project) => ({ event: 'project', project }) as const),
  ];
}

function projectOf(event: ClassEvent): string | undefined {
  if (event.event === 'project') return event.project.id;
  return event.event === 'progress' || event.event === 'removed' ? event.project_id : undefined;
}
