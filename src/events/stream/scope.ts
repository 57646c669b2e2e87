import type { Client } from '../../client.ts';
import type { LogOwner } from '../log/stored-event.ts';

/** Which jobs a stream is about: one job, the jobs of one project, or those of whatever a client's address uploads. */
export type Scope =
  | { readonly kind: 'job'; readonly workspace: string; readonly jobId: string }
  | { readonly kind: 'project'; readonly projectId: string; readonly client: Client }
  | { readonly kind: 'client'; readonly client: Client };

export function isInScope(scope: Scope, owner: LogOwner): boolean {
  if (scope.kind === 'job') return owner.workspace === scope.workspace && owner.jobId === scope.jobId;
  if (owner.workspace !== scope.client.workspace) return false;
  return scope.kind === 'project' ? owner.projectId === scope.projectId : owner.addresses.has(scope.client.address);
}
