/** A set-up that cannot go on; the message tells a person what to do. */
export class SetupError extends Error {}
