import { describe, expect, it } from 'vitest';
import { noticesSchema } from '../api/notices/schema.ts';
import { pointsSchema } from '../api/points/schema.ts';
import { policySchema } from '../api/policies/schema.ts';
import { PAID_CLICK_PARAMETERS } from '../domain/links/paid-click.ts';
import { emailDiagram } from '../domain/notices/email.ts';
import { categoryOf, NOTICE_KINDS, variablesOf } from '../domain/notices/kinds.ts';
import { builtinPolicy } from '../domain/policies/builtin.ts';
import { checkPolicy } from '../domain/policies/check.ts';
import { programDiagram } from '../domain/programs/program.ts';
import { redemptionDiagram } from '../domain/redemptions/redemption.ts';
import { FRAUD_SIGNALS } from '../domain/referrals/fraud-signal.ts';
import { referralDiagram } from '../domain/referrals/referral.ts';
import { deltaAt, entitlement, rateAt } from '../domain/rewards/entitlement.ts';
import { compileCondition } from '../domain/rules/condition.ts';
import { surveyDiagram } from '../domain/surveys/survey.ts';
import { checkTemplates } from '../engine/notices/template-check.ts';
import { CHECKS } from '../ledger/prove-claims.ts';
import { bare, drawn, filesBelow, readText, rowsOf } from './support/documents.ts';

describe.each([
  ['docs/REFERRALS.md', 'the stages of a referral', referralDiagram],
  ['docs/NOTICES.md', 'the states of an e-mail', emailDiagram],
  ['docs/PROGRAMS.md', 'the states of a program', programDiagram],
  ['docs/REDEMPTIONS.md', 'the stages of a redemption', redemptionDiagram],
  ['docs/SURVEYS.md', 'the stages of surveys', surveyDiagram],
])('%s', (page, stages, diagram) => {
  it(`draws ${stages} as the code has them`, () => {
    expect(readText(page)).toContain(drawn(diagram()));
  });
});

describe('docs/NOTICES.md', () => {
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

describe('docs/LINKS.md', () => {
  it('names every click id of an advertising network with its owner and a page that says so', () => {
    expect(rowsOf('docs/LINKS.md', 'Click ids').map(([name, ...rest]) => [bare(name), ...rest])).toEqual(
      PAID_CLICK_PARAMETERS.map(({ name, owner, source, readOn }) => [name, owner, `<${source}>`, readOn]),
    );
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
      .map(readText)
      .join('\n');
    const named = [...readText('docs/LEDGER.md').matchAll(/`(ledger_[a-z_]+)`/g)].map(
      (match) => match[1] ?? '',
    );
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
    const text = readText('docs/POLICIES.md');
    const { rules: _, fraud: __, ...rest } = policySchema.shape;
    const fields = [
      ...Object.keys(rest),
      ...Object.keys(policySchema.shape.rules.element.shape),
      ...Object.keys(policySchema.shape.fraud.shape),
    ];
    expect(fields.filter((field) => !text.includes(`\`${field}`))).toEqual([]);
  });

  it('shows a section for notices that the engine accepts as it is', () => {
    const section = readText('docs/POLICIES.md').split('### Notices')[1] ?? '';
    const shown: unknown = JSON.parse(/```json\n([\s\S]*?)```/.exec(section)?.[1] ?? '');
    const policy = { ...builtinPolicy('USD'), notices: noticesSchema.parse(shown) };
    expect(checkPolicy(policy)).toMatchObject({ ok: true });
    expect(checkTemplates(policy)).toMatchObject({ ok: true });
  });

  it('shows conditions that compile, and that can be evaluated on any event', () => {
    const block = /```cel\n([\s\S]*?)```/.exec(readText('docs/POLICIES.md'))?.[1] ?? '';
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
    const section = readText('docs/POLICIES.md').split('### Milestones')[1] ?? '';
    const shown: unknown = JSON.parse(/```json\n([\s\S]*?)```/.exec(section)?.[1] ?? '');
    const milestones = policySchema.shape.milestones.parse([shown]);
    expect(checkPolicy({ ...builtinPolicy('USD'), milestones })).toMatchObject({ ok: true });
  });

  it('has an example that the engine accepts as it is', () => {
    const { policy } = JSON.parse(readText('docs/examples/program.json')) as { policy: unknown };
    const parsed = policySchema.parse(policy);
    expect(checkPolicy(parsed)).toMatchObject({ ok: true });
    expect(checkTemplates({ ...builtinPolicy('USD'), ...parsed })).toMatchObject({ ok: true });
    // Whole: every section that may be left out is in it.
    const { points, milestones, surveys, notices, redemption } = parsed;
    for (const section of [points, milestones, surveys, notices, redemption.approval]) {
      expect(section).toBeDefined();
    }
  });
});

describe('docs/POINTS.md', () => {
  it('has an example that the engine accepts as it is', () => {
    const example = /```json\n([\s\S]*?)```/.exec(readText('docs/POINTS.md'))?.[1] ?? '';
    const points = pointsSchema.parse(JSON.parse(example));
    expect(checkPolicy({ ...builtinPolicy('USD'), points })).toMatchObject({ ok: true });
  });
});
