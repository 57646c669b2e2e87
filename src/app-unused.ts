import type { Parts } from './app-routes.ts';
import { sweepUnused } from './admin/unused-projects.ts';
import type { App } from './http/app-type.ts';
import { reasonOf } from './jobs/domain/reasons.ts';
import { projectFields } from './projects/log-fields.ts';
import type { Project, ProjectRef } from './projects/project.ts';
import { registerUse } from './projects/use-hook.ts';

// Connects the use of projects, and their end where nobody uses them, with the rest of the server.

type Holders = Pick<Parts, 'store' | 'jobs' | 'bus' | 'classrooms'>;

/** Before the routes, as it follows their requests. From the moment the server listens, look now and then which projects nobody uses any more. */
export function deleteUnused(app: App, holders: Holders, lookMs: number): void {
  const { store, jobs, classrooms } = holders;
  const report = (error: unknown, ref: ProjectRef) =>
    app.log.error({ err: error, ...projectFields(ref) }, 'the use of a project was not looked at');
  registerUse(
    app,
    (ref) =>
      void store.noteUse(ref).then(
        () => classrooms.note(ref),
        (error: unknown) => report(error, ref),
      ),
  );

  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> = Promise.resolve();
  const sweep = () => {
    sweeping = sweepUnused({
      store,
      isBusy: ({ workspace, id }) => jobs.open().some(({ ref }) => ref.workspace === workspace && ref.id === id),
      remove: ({ ref }) => jobs.forgetIdle(ref, () => store.removeUnused(ref)),
      onLook: (project, look) => notify(app, holders, project, look),
      report,
    })
      .catch((error: unknown) => app.log.error({ err: error }, 'the use of projects was not looked at'))
      .then(() => {
        if (timer !== undefined) timer = setTimeout(sweep, lookMs).unref();
      });
  };
  app.addHook('onListen', async () => {
    timer = setTimeout(sweep, 0).unref();
  });
  app.addHook('preClose', async () => {
    clearTimeout(timer);
    timer = undefined;
    await sweeping;
  });
}

function notify(app: App, { jobs, bus, classrooms }: Holders, project: Project, look: 'warned' | 'due'): void {
  const { ref, deletion, uploadedBy } = project;
  const owner = {
    workspace: ref.workspace,
    projectId: ref.id,
    addresses: new Set([uploadedBy, ...jobs.audienceOf(ref)]),
  };
  classrooms.note(ref);
  if (look === 'due') {
    app.log.info(projectFields(ref), 'unused project deleted');
    bus.notifyProject(owner, { event: 'reset', code: 'project_deleted', project: ref.id });
    return;
  }
  const date = new Date((deletion?.at ?? 0) * 1000).toISOString().slice(0, 10);
  bus.notifyProject(owner, { event: 'notice', ...reasonOf('project_unused', { project: ref.id, date }) });
}
