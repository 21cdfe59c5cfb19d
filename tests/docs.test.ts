import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { SCOPES } from '../api/auth/scopes.ts';
import { parseRecord } from '../api/events/input.ts';
import { API_CODES, REFUSAL_STATUS } from '../api/http/error-codes.ts';
import { noticesSchema } from '../api/notices/schema.ts';
import { pointsSchema } from '../api/points/schema.ts';
import { policySchema } from '../api/policies/schema.ts';
import { PAID_CLICK_PARAMETERS } from '../api/redirect/paid-click.ts';
import { appRouter } from '../api/router.ts';
import { emailDiagram } from '../domain/notices/email.ts';
import { categoryOf, NOTICE_KINDS, variablesOf } from '../domain/notices/kinds.ts';
import { builtinPolicy } from '../domain/policies/builtin.ts';
import { checkPolicy } from '../domain/policies/check.ts';
import { programDiagram } from '../domain/programs/program.ts';
import { redemptionDiagram } from '../domain/redemptions/redemption.ts';
import { FRAUD_SIGNALS } from '../domain/referrals/fraud.ts';
import { referralDiagram } from '../domain/referrals/referral.ts';
import { REFUSAL_CODES } from '../domain/refusal.ts';
import { deltaAt, entitlement, rateAt } from '../domain/rewards/entitlement.ts';
import { compileCondition } from '../domain/rules/condition.ts';
import { surveyDiagram } from '../domain/surveys/survey.ts';
import { checkTemplates } from '../engine/notices/template-check.ts';
import { CHECKS } from '../ledger/prove-checks.ts';
import { environment } from '../platform/config.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

/** Files below a folder that end so, as paths from the root. */
function filesBelow(folder: string, ending: RegExp): string[] {
  if (!existsSync(path.join(ROOT, folder))) return [];
  return readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)));
}

const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', ...filesBelow('docs', /\.md$/)];
const SOURCES = [
  'api',
  'worker',
  'workflows',
  'activities',
  'ledger',
  'platform',
  'prisma',
  'local',
  'bench',
].flatMap((folder) =>
  filesBelow(folder, /\.(ts|mjs)$/).filter((file) => !/\.test\.ts$|^prisma\/generated\//.test(file)),
);

/** The cells of every table row of a section, or of the whole document. */
function rowsOf(file: string, heading?: string): string[][] {
  const text = read(file);
  const section =
    heading === undefined
      ? text
      : (text.split(/^##+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? '');
  return section
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^[|\s:-]+$/.test(line))
    .slice(1)
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}

const bare = (cell: string | undefined): string => (cell ?? '').replaceAll('`', '');

/** Anchors of a document's headings, as GitHub makes them. */
function anchorsOf(file: string): Set<string> {
  const headings = read(file).match(/^#+ .*$/gm) ?? [];
  return new Set(
    headings.map((heading) =>
      heading
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** Links in Markdown outside of code. */
function linksOf(file: string): string[] {
  const text = read(file).replace(/^```[\s\S]*?^```/gm, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
}

function isBroken(file: string, link: string): boolean {
  const [target = '', anchor] = link.split('#');
  const there = target === '' ? file : path.normalize(path.join(path.dirname(file), target));
  if (!existsSync(path.join(ROOT, there))) return true;
  return anchor !== undefined && !anchorsOf(there).has(anchor);
}

describe('links and commands', () => {
  it.each(DOCUMENTS)(
    'every link of %s within the repository leads to a file and a heading that exist',
    (file) => {
      const links = linksOf(file).filter((link) => !/^[a-z]+:/.test(link));
      expect(links.filter((link) => isBroken(file, link))).toEqual([]);
    },
  );

  it('every npm script that a document names exists', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = DOCUMENTS.flatMap((file) => [
      ...read(file).matchAll(/npm (?:run ([a-z:-]+)|(start|test)\b)/g),
    ]);
    const unknown = named
      .map((match) => match[1] ?? match[2] ?? '')
      .filter((name) => !Object.hasOwn(scripts, name));
    expect(unknown).toEqual([]);
  });

  it('every file that a document names by its path exists', () => {
    const named = DOCUMENTS.flatMap((file) =>
      [...read(file).matchAll(/`((?:[a-z-]+\/)+[a-z0-9-]+(?:\.[a-z]+)*\.(?:ts|mjs|sql|json|sh|md))`/g)].map(
        (match) => match[1] ?? '',
      ),
    );
    const missing = named.filter(
      (file) => !existsSync(path.join(ROOT, file)) && !existsSync(path.join(ROOT, 'docs', file)),
    );
    expect(missing.filter((file) => !existsSync(path.join(ROOT, 'domain', file)))).toEqual([]);
  });
});

describe('docs/REFERRALS.md', () => {
  it('draws the stages of a referral as the code has them', () => {
    expect(read('docs/REFERRALS.md')).toContain(`\`\`\`mermaid\n${referralDiagram()}\`\`\``);
  });
});

describe('docs/NOTICES.md', () => {
  it('draws the states of an e-mail as the code has them', () => {
    expect(read('docs/NOTICES.md')).toContain(`\`\`\`mermaid\n${emailDiagram()}\`\`\``);
  });

  it('names every kind with its category and its variables', () => {
    const rows = rowsOf('docs/NOTICES.md', 'Kinds').map(([kind, , category, variables = '']) => [
      bare(kind),
      category,
      [...variables.matchAll(/`([a-z]+)`/g)].map((match) => match[1]),
    ]);
    const expected = NOTICE_KINDS.map((kind) => {
      const { program: _, ...variables } = variablesOf(kind);
      return [kind, categoryOf(kind), Object.keys(variables)];
    });
    expect(rows).toEqual(expected);
  });
});

describe('docs/PROGRAMS.md', () => {
  it('draws the states of a program as the code has them', () => {
    expect(read('docs/PROGRAMS.md')).toContain(`\`\`\`mermaid\n${programDiagram()}\`\`\``);
  });
});

describe('docs/REDEMPTIONS.md', () => {
  it('draws the stages of a redemption as the code has them', () => {
    expect(read('docs/REDEMPTIONS.md')).toContain(`\`\`\`mermaid\n${redemptionDiagram()}\`\`\``);
  });
});

describe('docs/SURVEYS.md', () => {
  it('draws the stages of surveys as the code has them', () => {
    expect(read('docs/SURVEYS.md')).toContain(`\`\`\`mermaid\n${surveyDiagram()}\`\`\``);
  });
});

describe('docs/LEDGER.md', () => {
  it('names the checks of the prover with their claims', () => {
    expect(rowsOf('docs/LEDGER.md', 'The prover').map(([name, claim]) => [bare(name), claim])).toEqual(
      Object.entries(CHECKS),
    );
  });

  it('names database objects that the migrations make', () => {
    const sql = filesBelow('prisma/migrations', /\.sql$/)
      .map(read)
      .join('\n');
    const named = [...read('docs/LEDGER.md').matchAll(/`(ledger_[a-z_]+)`/g)].map((match) => match[1] ?? '');
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !sql.includes(name))).toEqual([]);
  });
});

describe('docs/POLICIES.md', () => {
  it('has the built-in rule’s sums for n = 1 to 25', () => {
    const [rule] = builtinPolicy('USD').rules;
    if (rule?.benefit.kind !== 'milestone_rate') throw new Error('the built-in rule is a milestone rate');
    const { base, steps } = rule.benefit;
    const text = (minor: bigint) => (Number(minor) / 100).toFixed(2);
    const expected = Array.from({ length: 25 }, (_, index) => index + 1).map((n) => [
      String(n),
      `${rateAt(n, steps) / 100} %`,
      text(entitlement(n, base, steps).minor),
      text(deltaAt(n, base, steps).minor),
    ]);
    expect(rowsOf('docs/POLICIES.md', 'The built-in rule')).toEqual(expected);
  });

  it('names every fraud signal with its built-in weight', () => {
    const { weights } = builtinPolicy('USD').fraud;
    const rows = rowsOf('docs/POLICIES.md', 'Fraud').map(([name, weight]) => [bare(name), Number(weight)]);
    expect(rows).toEqual(FRAUD_SIGNALS.map((name) => [name, weights[name]]));
  });

  it('names every field of a policy', () => {
    const text = read('docs/POLICIES.md');
    const { rules: _, fraud: __, ...rest } = policySchema.shape;
    const fields = [
      ...Object.keys(rest),
      ...Object.keys(policySchema.shape.rules.element.shape),
      ...Object.keys(policySchema.shape.fraud.shape),
    ];
    expect(fields.filter((field) => !text.includes(`\`${field}`))).toEqual([]);
  });

  it('shows a section for notices that the engine accepts as it is', () => {
    const section = read('docs/POLICIES.md').split('### Notices')[1] ?? '';
    const shown: unknown = JSON.parse(/```json\n([\s\S]*?)```/.exec(section)?.[1] ?? '');
    const policy = { ...builtinPolicy('USD'), notices: noticesSchema.parse(shown) };
    expect(checkPolicy(policy)).toMatchObject({ ok: true });
    expect(checkTemplates(policy)).toMatchObject({ ok: true });
  });

  it('shows conditions that compile, and that can be evaluated on any event', () => {
    const block = /```cel\n([\s\S]*?)```/.exec(read('docs/POLICIES.md'))?.[1] ?? '';
    const sources = block.trim().split('\n');
    expect(sources.length).toBeGreaterThan(3);
    const facts = {
      event: { type: 'purchase', value: null, ordinal: 1, properties: {} },
      referral: { referred_id: 'bob', days_since_signup: 3 },
      referrer: { id: 'ada', qualified_count: 7 },
    };
    const results = sources.map((source) => {
      const condition = compileCondition(source);
      return condition.ok ? condition.value(facts) : condition;
    });
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('shows a milestone that the engine accepts as it is', () => {
    const section = read('docs/POLICIES.md').split('### Milestones')[1] ?? '';
    const shown: unknown = JSON.parse(/```json\n([\s\S]*?)```/.exec(section)?.[1] ?? '');
    const milestones = policySchema.shape.milestones.parse([shown]);
    expect(checkPolicy({ ...builtinPolicy('USD'), milestones })).toMatchObject({ ok: true });
  });

  it('has an example that the engine accepts as it is', () => {
    const { policy } = JSON.parse(read('docs/examples/program.json')) as { policy: unknown };
    const parsed = policySchema.parse(policy);
    expect(checkPolicy(parsed)).toMatchObject({ ok: true });
    expect(checkTemplates({ ...builtinPolicy('USD'), ...parsed })).toMatchObject({ ok: true });
    // Whole: every section that may be left out is in it.
    const { points, milestones, surveys, notices, redemption } = parsed;
    for (const section of [points, milestones, surveys, notices, redemption.approval])
      expect(section).toBeDefined();
  });
});

describe('docs/POINTS.md', () => {
  it('has an example that the engine accepts as it is', () => {
    const example = /```json\n([\s\S]*?)```/.exec(read('docs/POINTS.md'))?.[1] ?? '';
    const points = pointsSchema.parse(JSON.parse(example));
    expect(checkPolicy({ ...builtinPolicy('USD'), points })).toMatchObject({ ok: true });
  });
});

describe('docs/API.md', () => {
  const procedures = Object.keys(appRouter._def.procedures);

  it('lists every procedure there is, and no other', () => {
    const listed = rowsOf('docs/API.md')
      .map(([name]) => bare(name))
      .filter((name) => /^[a-z]+\.[a-zA-Z]+$/.test(name));
    expect(listed.sort()).toEqual([...procedures].sort());
  });

  it('lists every code with its status, and no other', () => {
    const listed = rowsOf('docs/API.md', 'Codes').map(([code, status]) => [bare(code), Number(status)]);
    expect(Object.fromEntries(listed)).toEqual({ ...API_CODES, ...REFUSAL_STATUS });
    expect(listed.map(([code]) => code)).toEqual(expect.arrayContaining([...REFUSAL_CODES]));
    expect(rowsOf('docs/API.md', 'Codes').filter(([, , meaning]) => (meaning ?? '').length < 10)).toEqual([]);
  });

  it('names scopes that exist, all of them, and every paid-click parameter', () => {
    const text = read('docs/API.md');
    expect(SCOPES.filter((scope) => !text.includes(`\`${scope}\``))).toEqual([]);
    expect(PAID_CLICK_PARAMETERS.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
    const asked = rowsOf('docs/API.md')
      .filter(([name]) => procedures.includes(bare(name)))
      .map(([, scope]) => bare(scope));
    expect(
      asked.filter((scope) => scope !== 'platform key' && !(SCOPES as readonly string[]).includes(scope)),
    ).toEqual([]);
  });

  it('lists every metric of the engine, and no other', () => {
    const code = ['api/http/metrics.ts', 'worker/metrics.ts'].map(read).join('\n');
    const made = [...code.matchAll(/name: '(referral_[a-z_]+)'/g)].map((match) => match[1] ?? '');
    expect(
      rowsOf('docs/API.md', 'Metrics')
        .map(([name]) => bare(name))
        .sort(),
    ).toEqual(made.sort());
    const alerts = [...read('docs/OPERATIONS.md').matchAll(/`(referral_[a-z_]+)/g)].map(
      (match) => match[1] ?? '',
    );
    expect(
      alerts.filter((name) => name !== 'referral_app' && name !== 'referral_owner' && !made.includes(name)),
    ).toEqual([]);
  });

  it('calls procedures that exist in every request that a document shows', () => {
    const called = DOCUMENTS.flatMap((file) =>
      [...read(file).matchAll(/(?<!\bapi)\/trpc\/([a-z]+\.[a-zA-Z]+)/g)].map((match) => match[1] ?? ''),
    );
    expect(called.length).toBeGreaterThan(3);
    expect(called.filter((name) => !procedures.includes(name))).toEqual([]);
  });

  it('shows events that the engine takes as they are', () => {
    const shown = [...read('README.md').matchAll(/events\.record [\s\S]*?-d '(\{.*\})'/g)].map((match) =>
      JSON.parse((match[1] ?? '').replace(/'\$CODE'/, '3cfunkb')),
    );
    expect(shown.length).toBeGreaterThan(2);
    expect(shown.map((event) => parseRecord(event).event.type)).toEqual(['signup', 'purchase', 'refund']);
  });
});

describe('docs/CONFIGURATION.md', () => {
  const own = rowsOf('docs/CONFIGURATION.md', 'The engine');
  const all = new Set(rowsOf('docs/CONFIGURATION.md').map(([name]) => bare(name)));
  /** The system's, npm's and libpq's own. */
  const FOREIGN = new Set(['PATH', 'PORT', 'HOME', 'PGPASSWORD', 'npm_execpath', 'npm_lifecycle_event']);

  it('has every variable of the engine with its default and its meaning', () => {
    const expected = Object.entries(environment.shape).map(([name, schema]) => {
      const unset = schema.safeParse(undefined);
      return [name, unset.success && unset.data !== undefined ? String(unset.data) : '', schema.description];
    });
    expect(own.map(([name, fallback, meaning]) => [bare(name), bare(fallback), meaning])).toEqual(expected);
  });

  it('has every variable that the code reads past the engine’s configuration', () => {
    const read_ = SOURCES.flatMap((file) =>
      [...read(file).matchAll(/\benv(?:\.([A-Za-z_]+)|\['([A-Za-z_]+)'\])|\bvariable: '([A-Z_]+)'/g)].map(
        (match) => match[1] ?? match[2] ?? match[3] ?? '',
      ),
    );
    expect([...new Set(read_)].filter((name) => !all.has(name) && !FOREIGN.has(name))).toEqual([]);
  });

  it('has every variable that docker-compose.yml takes from outside or sets for the engine', () => {
    const compose = read('docker-compose.yml');
    const taken = [...compose.matchAll(/\$\{([A-Z_]+)/g)].map((match) => match[1] ?? '');
    expect(taken.filter((name) => !all.has(name))).toEqual([]);
  });

  it('has every variable that npm start explains', () => {
    const explained = [...read('local/help.mjs').matchAll(/^ {2}([A-Z_]{4,})/gm)].map(
      (match) => match[1] ?? '',
    );
    expect(explained.length).toBeGreaterThan(5);
    expect(explained.filter((name) => !all.has(name))).toEqual([]);
  });
});

describe('docs/GLOSSARY.md', () => {
  it('is in alphabetical order, one line a word', () => {
    const words = rowsOf('docs/GLOSSARY.md').map(([word]) => word ?? '');
    expect(words).toEqual([...words].sort((a, b) => (a < b ? -1 : 1)));
    expect(new Set(words).size).toBe(words.length);
  });
});
