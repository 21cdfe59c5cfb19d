import { memberMessage } from '../../domain/feed/member-view.ts';
import { programMessage } from '../../domain/feed/program-view.ts';
import { nameId } from '../../platform/ids.ts';
import type { FeedRow } from './read.ts';
import type { ShownMessage } from './stream.ts';

/** Which messages a reader asked for; left out: all. */
export interface FeedFilter {
  readonly types?: readonly string[] | undefined;
  /** Messages of any of these ids of ours. */
  readonly memberIds?: readonly string[] | undefined;
}

type Show = (row: FeedRow) => ShownMessage | null;

/** The same message has the same id in every feed, whenever it is read. */
const idOf = (programId: string, { message }: FeedRow): string => nameId('message', programId, message.key);

/** Bodies for programs are alike for all readers, so each is made once. */
const bodies = new WeakMap<FeedRow, ShownMessage>();

/** Shows messages as webhooks have them. */
export const showToProgram =
  (programId: string, { types = [], memberIds }: FeedFilter): Show =>
  (row) => {
    const { message, at, members } = row;
    if (types.length > 0 && !types.includes(message.type)) return null;
    if (memberIds !== undefined && !members.some(({ id }) => memberIds.includes(id))) return null;
    const made = bodies.get(row);
    if (made !== undefined) return made;
    const id = idOf(programId, row);
    const shown = {
      type: message.type,
      json: JSON.stringify(programMessage(message, { id, programId, at, members })),
    };
    bodies.set(row, shown);
    return shown;
  };

/** Shows a member what concerns them, as far as they may know of it. */
export const showToMember =
  (programId: string, memberId: string, { types = [] }: FeedFilter): Show =>
  (row) => {
    const shown = memberMessage(row.message, memberId);
    if (shown === null || (types.length > 0 && !types.includes(shown.type))) return null;
    const { type, data } = shown;
    const body = { id: idOf(programId, row), type, timestamp: row.at.toISOString(), programId, data };
    return { type, json: JSON.stringify(body) };
  };
