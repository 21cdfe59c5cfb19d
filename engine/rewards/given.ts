import { nameId } from '../../platform/ids.ts';

/** The key of a reward that an operator gives by hand: the command's. */
export const givenKey = (eventId: string) => `given:${eventId}`;

/** The id of the reward that a command gives, whether or not it is carried out yet. */
export const givenId = (programId: string, eventId: string) => nameId(programId, givenKey(eventId));
