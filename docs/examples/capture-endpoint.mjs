// Sets the cookie that capture.js asks for, on your own origin. With Express:
//   app.post('/referral-capture', setReferralCookie);
const VALUE = /^[a-z0-9-]{3,50}\.[0-9a-f-]{0,36}\.\d{1,13}\.\d{1,13}$/;
const ATTRIBUTES = 'Domain=shop.example; Path=/; Max-Age=7776000; SameSite=Lax; Secure';

export function setReferralCookie(req, res) {
  const value = new URL(req.url, 'https://shop.example').searchParams.get('rref') ?? '';
  const isOwn = req.method === 'POST' && req.headers['sec-fetch-site'] === 'same-origin';
  if (!isOwn || !VALUE.test(value)) return res.writeHead(400).end();
  const cookie = `rref=${value}; ${ATTRIBUTES}`;
  return res.writeHead(204, { 'set-cookie': cookie, 'cache-control': 'no-store' }).end();
}
