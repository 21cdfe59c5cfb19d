/** What the badges of the demo stand for, by the labels of its policy and of its season. */
export const ACHIEVEMENTS = [
  {
    label: 'Connector',
    name: 'Connector',
    description: 'Brought five friends.',
    criteria: 'Five friends signed up and bought something that counts.',
  },
  {
    label: 'Ambassador',
    name: 'Ambassador',
    description: 'Brought ten friends.',
    criteria: 'Ten friends signed up and bought something that counts.',
  },
  {
    label: 'Champion',
    name: 'Season champion',
    description: 'Won a season.',
    criteria: 'First in the final standings of a season.',
  },
  {
    label: 'Patron',
    name: 'Patron',
    description: 'Came to the end of the circle of friends.',
    criteria: 'Ten friends at one time whose purchases count.',
  },
  {
    label: 'Pioneer',
    name: 'Pioneer',
    description: 'Wrote the first review.',
    criteria: 'The first review that the program counted.',
  },
] as const;
