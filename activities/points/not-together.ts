/** Thrown where events cannot be counted in one transaction, though each may be in one of its own. */
export class NotTogether extends Error {
  constructor() {
    super('these events are to be counted one by one');
    this.name = 'NotTogether';
  }
}
