interface Named {
  readonly externalId: string;
  readonly hostId: string | null;
}

/** How the host calls a member now; `externalId` is how it did when they became known. */
export const hostIdOf = ({ externalId, hostId }: Named): string => hostId ?? externalId;
