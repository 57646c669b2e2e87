import type { ProjectRef } from './project.ts';

/** What every line of the log about a project has: classrooms may have projects of the same id. */
export function projectFields({ id, workspace }: ProjectRef): Readonly<Record<string, string>> {
  return { project: id, ...(workspace && { workspace }) };
}
