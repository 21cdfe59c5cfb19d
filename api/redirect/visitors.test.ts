import { expect, it } from 'vitest';
import { cookieOf, visitorOf } from './visitors.ts';

const ID = '0199c0de-0000-7000-8000-000000000000';

it('the visitor is found among other cookies, and a cookie of another form is no visitor', () => {
  expect(visitorOf(`a=b; rv=${ID}; c=d`)).toBe(ID);
  expect(visitorOf(`rv=${ID}`)).toBe(ID);
  expect(visitorOf(`xrv=${ID}`)).toBeNull();
  expect(visitorOf(`rv=${ID}x`)).toBeNull();
  expect(visitorOf('rv=1')).toBeNull();
  expect(visitorOf(undefined)).toBeNull();
});

it('the cookie is Secure behind https, and always hidden from scripts', () => {
  expect(cookieOf(ID, true)).toBe(`rv=${ID}; Max-Age=7776000; Path=/; SameSite=Lax; HttpOnly; Secure`);
  expect(cookieOf(ID, false)).not.toContain('Secure');
});
