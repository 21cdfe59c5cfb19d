/** What there is to ask for, so that an operation meets more than "there is no such thing". */
export interface World {
  readonly memberToken: string;
  /** What fields of this name hold, in paths, query strings and bodies. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** What the `id` of a path is, by the path's first word. */
  readonly ids: Readonly<Record<string, string>>;
  /** What an operation needs otherwise: it may use up what it is given. Undefined: it is left out. */
  readonly own: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** The programs of operations that would end the life of the others' program. */
  readonly programs: Readonly<Record<string, string>>;
}

/** A request to the API as its program's host sends it. Throws unless it is answered with success. */
export type Call = (
  method: string,
  path: string,
  input?: object,
) => Promise<{ readonly id: string } & Answered>;
/** What an operation answered. */
// biome-ignore lint/suspicious/noExplicitAny: what an answer holds, the operation says
export type Answered = Readonly<Record<string, any>>;

/** What one part of the world adds to it. */
export type Part = Partial<Pick<World, 'fields' | 'ids' | 'own'>>;

export const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
