import { Type } from 'typebox';
import { nameInvalid } from '../errors.ts';
import type { App } from '../http/app-type.ts';
import { personOf } from '../http/client-of.ts';
import { failures } from '../http/fail.ts';
import { limitOf, LOOKS_PER_SECOND } from '../http/limits.ts';
import { cleanName, MAX_NAME_CHARACTERS } from '../pupil-name.ts';
import { ProjectParams } from '../projects/schemas.ts';
import type { Guard } from './guard.ts';
import { confirmedOwner } from './ownership.ts';
import type { People } from './people.ts';

export interface PeopleRoutesOptions {
  readonly guard: Guard;
  readonly people: People;
}

const OwnerWish = Type.Object({
  name: Type.String({
    description: `The name of whoever it belongs to, at most ${MAX_NAME_CHARACTERS} characters. Empty: to no name, but to the address that it came from.`,
  }),
});
const OwnerAnswer = Type.Object({ result: Type.Literal('OK'), names: Type.Array(Type.String()) });

/** Says whose a project is. */
export async function peopleRoutes(app: App, { guard, people }: PeopleRoutesOptions): Promise<void> {
  app.post(
    '/projects/:id/owner',
    {
      config: limitOf('changes', LOOKS_PER_SECOND),
      schema: {
        tags: ['projects'],
        summary: 'Say whose project it is; whoever may look at it may say so',
        params: ProjectParams,
        body: OwnerWish,
        response: { 200: OwnerAnswer, ...failures },
      },
    },
    async (request) => {
      const wanted = request.body.name;
      const name = wanted === '' ? null : cleanName(wanted);
      if (name === undefined) throw nameInvalid('name', MAX_NAME_CHARACTERS);
      const { ref } = await guard.look(personOf(request), request.params.id);
      const owner = confirmedOwner(name);
      await people.confirm(ref, owner);
      return { result: 'OK' as const, names: [...owner.names] };
    },
  );
}

/** Before every route: whoever asks with a name is met. */
export function registerPeople(app: App, people: Pick<People, 'meet'>): void {
  app.addHook('preHandler', (request) => people.meet(personOf(request)));
}
