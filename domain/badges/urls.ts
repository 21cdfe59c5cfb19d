import { below } from '../address.ts';
import { didWeb } from './did-web.ts';

/** The forms that a program's id as the issuer of its badges may have: its address, or a DID of it. */
export const ISSUER_FORMS = ['url', 'did:web'] as const;
export type IssuerForm = (typeof ISSUER_FORMS)[number];

/** The public addresses of a program's badges, all below one. A definition is an achievement there. */
export interface BadgeUrls {
  issuer(programId: string): string;
  definition(id: string): string;
  definitionImage(id: string): string;
  credential(id: string): string;
  verify(id: string): string;
  bakedSvg(id: string): string;
  bakedPng(id: string): string;
  /** Each form of issuer signs lists of its own: verifiers want one issuer for a badge and its list. */
  statusList(programId: string, list: number, form: IssuerForm): string;
}

/** The addresses below `publicUrl`, which may have a path of its own. */
export function badgeUrls(publicUrl: string): BadgeUrls {
  const base = below(publicUrl, '/badges');
  return {
    issuer: (programId) => `${base}/issuers/${programId}`,
    definition: (id) => `${base}/achievements/${id}`,
    definitionImage: (id) => `${base}/achievements/${id}/image.png`,
    credential: (id) => `${base}/credentials/${id}`,
    verify: (id) => `${base}/verify/${id}`,
    bakedSvg: (id) => `${base}/credentials/${id}/baked.svg`,
    bakedPng: (id) => `${base}/credentials/${id}/baked.png`,
    statusList: (programId, list, form) =>
      `${base}/status/${programId}/${list}${form === 'url' ? '' : '/did-web'}`,
  };
}

/**
 * The id of a program as an issuer, in one of the forms; null where this address can have no `did:web`. The
 * specification then puts its document at the issuer's address, `/did.json` behind it.
 */
export const issuerId = (urls: BadgeUrls, programId: string, form: IssuerForm): string | null =>
  form === 'url' ? urls.issuer(programId) : didWeb(urls.issuer(programId));

/** Whether programs below `publicUrl` can be issuers by `did:web`. */
export const canBeDidWeb = (publicUrl: string): boolean =>
  issuerId(badgeUrls(publicUrl), 'any', 'did:web') !== null;
