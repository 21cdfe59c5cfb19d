import { z } from 'zod';
import { idAnswer, timeAnswer } from '../trpc/answers.ts';

/** Bytes, as WebAuthn's JSON has them. */
const bytes = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[A-Za-z0-9_-]+$/, 'must be base64url');

const transports = z.array(z.string().max(32)).max(10);

/** What both kinds of answers have. Extensions were not asked for, and are not read. */
const credential = {
  id: bytes(2_048),
  rawId: bytes(2_048),
  type: z.literal('public-key'),
  authenticatorAttachment: z.enum(['platform', 'cross-platform']).nullish(),
  clientExtensionResults: z.record(z.string().max(64), z.unknown()).default({}),
};

/** What `navigator.credentials.create()` gives, by `toJSON()` (WebAuthn 3, 5.1.1). */
export const newCredential = z
  .strictObject({
    ...credential,
    response: z.strictObject({
      clientDataJSON: bytes(4_096),
      attestationObject: bytes(32_768),
      authenticatorData: bytes(32_768).optional(),
      transports: transports.optional(),
      publicKey: bytes(8_192).nullish(),
      publicKeyAlgorithm: z.number().int().optional(),
    }),
  })
  .meta({ id: 'NewCredential' });

/** What `navigator.credentials.get()` gives, likewise. */
export const usedCredential = z
  .strictObject({
    ...credential,
    response: z.strictObject({
      clientDataJSON: bytes(4_096),
      authenticatorData: bytes(4_096),
      signature: bytes(8_192),
      userHandle: bytes(128).nullish(),
    }),
  })
  .meta({ id: 'UsedCredential' });

/** What the browser is to be asked with. */
export const optionsAnswer = z
  .strictObject({
    options: z.record(z.string(), z.unknown()).meta({
      description:
        'For `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`. Good ' +
        'once, within five minutes, in the browser that asked.',
    }),
  })
  .meta({ id: 'PasskeyOptions' });

export const passkeyAnswer = z
  .strictObject({ id: idAnswer, name: z.string(), createdAt: timeAnswer, lastUsedAt: timeAnswer.nullable() })
  .meta({ id: 'Passkey', description: 'A key of a device, which opens the account.' });
