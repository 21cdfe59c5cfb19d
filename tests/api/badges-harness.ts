import { gunzipSync } from 'node:zlib';
import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import { cryptosuite } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import { verifyCredential } from '@digitalbazaar/vc';
import { expect } from 'vitest';
import type { ApiSettings } from '../../api/context.ts';
import { documentLoader, documentsOf } from '../../engine/badges/sign.ts';
import { newId } from '../../platform/ids.ts';
import { resolveDidWeb } from '../support/did-web.ts';
import { useApi } from './harness.ts';
import { seedReferral } from './seed.ts';

export const XSS = `<script>alert('x')</script>"><img src=x onerror=alert(1)>]]>&'`;
export const AT = new Date('2026-05-01T10:00:00Z');

export interface Granted {
  readonly rewardId: string;
  readonly memberId: string;
}

/** An API whose program grants badges, and what somebody who is shown one does with it. */
export function useBadgeApi(settings: Partial<ApiSettings> = {}) {
  const api = useApi(settings);
  /** A path of the API from one of the absolute addresses that it gives. */
  const pathOf = (url: string): string => new URL(url).pathname;
  const open = (url: string) => api.send(pathOf(url), {});
  const json = async (url: string) => JSON.parse((await open(url)).text);

  async function bytesOf(url: string): Promise<Buffer> {
    const response = await fetch(api.url + pathOf(url));
    return Buffer.from(await response.arrayBuffer());
  }

  /** A badge or perk as the engine grants it. */
  async function grant(changes: Readonly<Record<string, unknown>> = {}): Promise<Granted> {
    const seeded = await seedReferral(api, api.programId);
    const rewardId = newId();
    await api.db.reward.create({
      data: {
        programId: api.programId,
        id: rewardId,
        key: `reward:${seeded.referralId}:badge:referrer`,
        referralId: seeded.referralId,
        memberId: seeded.referrerId,
        eventId: seeded.eventId,
        ruleId: 'badge',
        policyVersion: 1,
        kind: 'badge',
        label: 'connector',
        status: 'available',
        grantedAt: AT,
        maturesAt: AT,
        trace: {},
        ...changes,
      },
    });
    return { rewardId, memberId: seeded.referrerId };
  }

  const define = (changes: object = {}) =>
    api.mutate('badges.define', {
      label: 'connector',
      name: 'Connector',
      description: 'Brought a friend',
      criteria: 'A friend\nbought something',
      ...changes,
    });

  async function issued(changes: Readonly<Record<string, unknown>> = {}) {
    const { rewardId, memberId } = await grant(changes);
    const { status, data } = await api.mutate('badges.issue', { rewardId });
    expect(status).toBe(200);
    return { ...data, memberId };
  }

  /** What an independent verifier does: reads everything from its public address, then asks the library. */
  async function verify(credentialUrl: string) {
    const credential = await json(credentialUrl);
    const issuer: string = credential.issuer.id;
    const controller = await json(issuer.startsWith('did:') ? resolveDidWeb(issuer) : issuer);
    expect(controller.id).toBe(issuer);
    const options = {
      suite: new DataIntegrityProof({ cryptosuite }),
      documentLoader: documentLoader(documentsOf(controller)),
    };
    const { statusListCredential, statusListIndex } = credential.credentialStatus;
    const checkStatus = async () => {
      const list = await json(statusListCredential);
      // Verifiers refuse a list of somebody else's.
      expect(list).toMatchObject({ id: statusListCredential, issuer });
      const { verified } = await verifyCredential({ ...options, credential: list });
      const bits = gunzipSync(Buffer.from(list.credentialSubject.encodedList.slice(1), 'base64url'));
      const index = Number(statusListIndex);
      const isSet = ((bits[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0;
      return { verified: verified && bits.length === 16_384 && !isSet };
    };
    return await verifyCredential({ ...options, credential, checkStatus });
  }

  return { api, pathOf, open, json, bytesOf, grant, define, issued, verify };
}
