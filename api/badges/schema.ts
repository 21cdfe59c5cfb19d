import { z } from 'zod';
import { idAnswer, pageAnswer, timeAnswer } from '../trpc/answers.ts';
import { RECORDED_STATES } from './find.ts';

/** What a badge says of its holder: a hash of the host's id, or of the address of e-mail. */
export const badgeIdentity = z.enum(['account', 'email']);

const credentialId = '0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d';

/** An address below `PUBLIC_URL` that anybody can open. */
const publicAddress = (path: string, description: string) =>
  z.string().meta({ description, examples: [`https://refer.example.com/badges/${path}`] });

export const badgeDefinitionAnswer = z
  .strictObject({
    id: idAnswer,
    label: z.string().meta({
      description: "The label that the policy's benefit names; a program has one definition for each.",
      examples: ['Connector'],
    }),
    name: z.string().meta({ examples: ['Connector'] }),
    description: z.string().meta({ examples: ['Brought three friends to the shop.'] }),
    criteria: z.string().meta({
      description: 'What it takes to earn the badge.',
      examples: ['Three friends made their first purchase.'],
    }),
    hasImage: z.boolean().meta({ description: 'False: the engine draws a star on a disc.' }),
    url: publicAddress(`achievements/${credentialId}`, 'The definition as anybody can read it.'),
    imageUrl: publicAddress(`achievements/${credentialId}/image.png`, 'Its picture.'),
    createdAt: timeAnswer,
    updatedAt: timeAnswer,
  })
  .meta({ id: 'BadgeDefinition', description: 'What a badge stands for.' });

export const badgeAnswer = z
  .strictObject({
    id: idAnswer,
    rewardId: idAnswer.meta({ description: 'The reward that the badge is for.' }),
    achievementId: idAnswer.meta({ description: 'The definition that the badge was issued under.' }),
    memberId: idAnswer,
    status: z.enum(RECORDED_STATES).meta({
      description: 'By the records: `revoked` was taken back, `expired` is past its end.',
      examples: ['valid'],
    }),
    issuedAt: timeAnswer,
    url: publicAddress(`credentials/${credentialId}`, 'The signed credential.'),
    shareUrl: publicAddress(`verify/${credentialId}`, 'The page to share; it checks the signature.'),
    svgUrl: publicAddress(`credentials/${credentialId}/baked.svg`, 'An SVG that holds the credential.'),
    pngUrl: publicAddress(`credentials/${credentialId}/baked.png`, 'A PNG that holds the credential.'),
  })
  .meta({
    id: 'Badge',
    description: 'A signed credential (Open Badges 3.0) for a badge that a member earned.',
  });

export const badgeRecipientAnswer = z
  .strictObject({
    memberId: idAnswer,
    displayName: z
      .string()
      .nullable()
      .meta({ description: 'Null: badges hold no name.', examples: ['Ann'] }),
    identity: badgeIdentity.meta({ examples: ['account'] }),
  })
  .meta({ id: 'BadgeRecipient', description: 'What badges issued from now on say about a member.' });

const publicKey = z.string().meta({
  description: 'An Ed25519 public key as a Multikey.',
  examples: ['z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2'],
});

const badgeKeyAnswer = z
  .strictObject({
    id: idAnswer,
    publicKeyMultibase: publicKey,
    createdAt: timeAnswer,
    retiredAt: timeAnswer.nullable().meta({ description: 'Null: this is the key that signs now.' }),
  })
  .meta({
    id: 'BadgeKey',
    description: "The public half of a key that signs, or signed, a program's badges.",
  });

export const badgeKeysAnswer = pageAnswer(badgeKeyAnswer);

export const badgeKeyRotationAnswer = z
  .strictObject({
    publicKeyMultibase: publicKey.meta({ description: 'The key that signs from now on.' }),
    retired: z
      .array(z.string())
      .readonly()
      .meta({ description: 'Public keys that signed until now; empty when there was none yet.' }),
  })
  .meta({ id: 'BadgeKeyRotation' });
