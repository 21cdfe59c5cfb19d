import { describe, expect, it } from 'vitest';
import { params, useShop } from './shop.ts';

const shop = useShop();
const SHOP = 'https://shop.example';
const GIVEN = { rcode: 'carol' };

/** Submits the form of the page and returns what arrived, wherever that was. */
async function submit(
  skip: (note: string) => never,
  body: string,
  act = "document.querySelector('button').click()",
) {
  const { tab, complaints } = await shop.open(skip, { body });
  const page = await tab();
  await page.goto(`${SHOP}/?rcode=carol`);
  const begun = shop.visits().length;
  await Promise.all([page.waitForEvent('load'), page.evaluate(act)]);
  expect(complaints).toEqual([]);
  const visit = shop
    .visits()
    .slice(begun)
    .find(({ url }) => url.startsWith('/signup'));
  const sent = visit?.method === 'POST' ? visit.body : visit?.url.split('?')[1];
  return { host: visit?.host, method: visit?.method, fields: [...new URLSearchParams(sent)].flat() };
}

describe('a form', () => {
  it.for([
    ['by POST to its own origin', '<form method="post" action="/signup"><button>'],
    ['by POST that its button asks for', '<form action="/signup"><button formmethod="POST">'],
    [
      'by POST, though its fields hide the methods of the form,',
      '<form method="post" action="/signup"><input name="append"><input name="method">' +
        '<input name="getAttribute"><button>',
    ],
  ] as const)('that is sent %s gets the code', async ([, body], { skip }) => {
    const { method, fields } = await submit(skip, body);
    expect([method, fields.slice(-2)]).toEqual(['POST', ['rcode', 'carol']]);
  });

  it.for([
    ['by GET', 'shop.example', '<form action="/signup"><button>'],
    [
      'by GET that its button asks for',
      'shop.example',
      '<form method="post" action="/signup"><button formmethod="get">',
    ],
    [
      'to another site',
      'other.example',
      '<form method="post" action="https://other.example/signup"><button>',
    ],
    [
      'to another host of its site',
      'www.shop.example',
      '<form method="post" action="https://www.shop.example/signup"><button>',
    ],
    [
      'to another site that its button names',
      'other.example',
      '<form method="post" action="/signup"><button formaction="https://other.example/signup">',
    ],
  ] as const)('that is sent %s gets nothing', async ([, to, body], { skip }) => {
    const { host, fields } = await submit(skip, body);
    expect([host, fields]).toEqual([to, []]);
  });

  it('keeps its own field of the same name, also one that stands outside of it', async ({ skip }) => {
    const body =
      '<form id="f" method="post" action="/signup"><button>Go</button></form>' +
      '<input name="rcode" value="mine" form="f">';
    expect((await submit(skip, body)).fields).toEqual(['rcode', 'mine']);
  });

  it('that is sent elsewhere after it was held back here takes nothing along', async ({ skip }) => {
    const body =
      '<form method="post" action="/signup"><button id="own">Go</button>' +
      '<button id="away" formaction="https://other.example/signup">Go</button></form>';
    const act =
      "addEventListener('submit', (e) => e.submitter.id === 'own' && e.preventDefault());" +
      "document.getElementById('own').click(); document.getElementById('away').click()";
    const { host, fields } = await submit(skip, body, act);
    expect([host, fields]).toEqual(['other.example', []]);
  });

  it('is left alone with `data-forms="off"`, and a call takes what it would have got', async ({ skip }) => {
    const { tab } = await shop.open(skip, {
      attributes: 'data-forms="off"',
      body: '<form method="post" action="/signup"><button>Go</button></form>',
    });
    const page = await tab();
    await page.goto(`${SHOP}/?rcode=carol`);
    expect(await params(page)).toEqual(GIVEN);
    await page.click('button');
    await page.waitForURL('**/signup');
    expect(shop.visits().find(({ method }) => method === 'POST')?.body).toBe('');
    await page.evaluate(
      "fetch('/token', { method: 'POST', body: new URLSearchParams(referralCapture.params()) })",
    );
    expect(shop.visits().find(({ url }) => url === '/token')?.body).toBe('rcode=carol');
  });
});
