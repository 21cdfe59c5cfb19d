import type { Room } from '../../worker/events/turns.ts';

/** Room for so many events, while nothing is under decision. */
export const roomFor = (room: number): Room => ({ room, underWay: [] });
