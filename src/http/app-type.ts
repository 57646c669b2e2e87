import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';

// The type of the server, and what a route may say of itself.

/** The server as routes see it: schemas are TypeBox, so that handlers are typed by them. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

declare module 'fastify' {
  /** What a route says of itself in its `config`; hooks for all routes go by it. */
  interface FastifyContextConfig {
    /** What is refused on this route also goes to the client's event streams (the IDE shows nothing else). */
    streamsRefusals?: boolean;
    /** A GET route that changes something: no link and no image of another site may lead to it. */
    changesState?: boolean;
    /** Status of what is refused on this route, where the IDE reads one status alone. */
    refusalStatus?: number;
    /** Answered however much there is to do: /ping, streams, pages for people, and cancelling, which makes it less. */
    neverShed?: boolean;
  }
}
