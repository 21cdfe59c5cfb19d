/** After Standard Webhooks: 24 to 64 bytes. */
export const SECRET_BYTES_MIN = 24;
export const SECRET_BYTES_MAX = 64;
export const SECRET_PREFIX = 'whsec_';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Whether a text is a signing secret: `whsec_` and 24 to 64 bytes in padded base64, the form that all
 * official libraries read alike.
 */
export function isSigningSecret(text: string): boolean {
  const body = text.slice(SECRET_PREFIX.length);
  if (!text.startsWith(SECRET_PREFIX) || !BASE64.test(body)) return false;
  const bytes = (body.length / 4) * 3 - (/=*$/.exec(body)?.[0].length ?? 0);
  return bytes >= SECRET_BYTES_MIN && bytes <= SECRET_BYTES_MAX;
}
