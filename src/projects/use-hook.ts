import type { FastifyRequest } from 'fastify';
import type { App } from '../http/app-type.ts';
import { clientOf } from '../http/client-of.ts';
import { isProjectId } from '../http/project-id.ts';
import type { ProjectRef } from './project.ts';

// Sees which project a request is about: whatever somebody does with a project, and looking at it too, is a use of it.

const named = new WeakMap<FastifyRequest, string>();

/** For a route that finds the project in a form. */
export function nameProject(request: FastifyRequest, projectId: string): void {
  named.set(request, projectId);
}

/** Calls `note` after each request about a project that was answered. */
export function registerUse(app: App, note: (ref: ProjectRef) => void): void {
  app.addHook('onResponse', async (request, reply) => {
    const id = reply.statusCode < 400 && request.method !== 'DELETE' ? projectIn(request) : undefined;
    if (id !== undefined && isProjectId(id)) note({ workspace: clientOf(request).workspace, id });
  });
}

function projectIn(request: FastifyRequest): string | undefined {
  const isOfProject = request.routeOptions.url?.startsWith('/projects/:id') === true;
  const { id } = (isOfProject ? request.params : {}) as { readonly id?: unknown };
  const asked = { ...(request.query as object), ...asObject(request.body) } as Readonly<Record<string, unknown>>;
  const found = [named.get(request), id, asked['project_id'], asked['project']];
  return found.find((value) => typeof value === 'string');
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
