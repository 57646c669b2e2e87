import type { Look } from '../projects/keep.ts';
import type { Project, ProjectRef } from '../projects/project.ts';
import type { ProjectStore } from '../projects/store.ts';

// Deletes projects that nobody has used for as many days as the settings say.

export interface UnusedOptions {
  readonly store: Pick<ProjectStore, 'workspaces' | 'list' | 'noteUse' | 'lookAtUse'>;
  /** A job of it waits or runs. */
  isBusy(ref: ProjectRef): boolean;
  /** Delete it, unless it is needed after all. Whether it is gone. */
  remove(project: Project): Promise<boolean>;
  onLook(project: Project, look: Exclude<Look, 'kept'>): void;
  report(error: unknown, ref: ProjectRef): void;
}

/** One look at all projects. One that cannot be read or deleted now is looked at again the next time. */
export async function sweepUnused({ store, isBusy, remove, onLook, report }: UnusedOptions): Promise<void> {
  for (const workspace of store.workspaces) {
    for (const project of await store.list(workspace)) {
      const { ref } = project;
      try {
        if (isBusy(ref)) {
          await store.noteUse(ref);
          continue;
        }
        const look = await store.lookAtUse(ref);
        if (look === 'warned' || (look === 'due' && (await remove(project)))) onLook(project, look);
      } catch (error) {
        report(error, ref);
      }
    }
  }
}
