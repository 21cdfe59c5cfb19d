import { below } from '../address.ts';

/** The public addresses of a program's badges, all below one. A definition is an achievement there. */
export interface BadgeUrls {
  issuer(programId: string): string;
  definition(id: string): string;
  definitionImage(id: string): string;
  credential(id: string): string;
  verify(id: string): string;
  bakedSvg(id: string): string;
  bakedPng(id: string): string;
  statusList(programId: string, list: number): string;
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
    statusList: (programId, list) => `${base}/status/${programId}/${list}`,
  };
}
