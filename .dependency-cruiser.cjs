// Which folder may import which, types included: api, worker → workflows, activities → engine → ledger →
// domain. A file that needs an exception is in the wrong place. Rules for the imports that remain once the
// compiler has removed the types (the workflow bundle) are in
// .dependency-cruiser.built.cjs, which reads dist/.
const TESTS = '\\.test\\.ts$|^tests/';
/** What a floor may import besides its own files. */
const may = (floor, others, comment) => ({
  name: `${floor}-imports`,
  comment,
  from: { path: `^${floor}/`, pathNot: TESTS },
  to: {
    path: '^(?!node_modules/)',
    pathNot: [floor, ...others].map((name) => `^${name}/`),
    dependencyTypesNot: ['core'],
  },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-unresolved',
      comment: 'An import that resolves to nothing fails only when it runs.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'nothing-imports-tests',
      comment: 'What tests share lives in tests/, and nothing that ships may need it.',
      from: { pathNot: TESTS },
      to: { path: TESTS },
    },
    {
      name: 'no-circles',
      comment: 'What imports each other, be it for a type, belongs in one file, or needs a third.',
      from: {},
      to: { circular: true },
    },
    may('domain', [], 'The rules know nothing of the world around them.'),
    {
      name: 'domain-packages',
      comment: 'Rules have no library but CEL, and that in one file.',
      from: { path: '^domain/', pathNot: [TESTS, '^domain/rules/language\\.ts$'] },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'core'] },
    },
    {
      name: 'domain-language-packages',
      comment: 'Conditions are evaluated by cel-js and nothing else.',
      from: { path: '^domain/rules/language\\.ts$' },
      to: { path: 'node_modules/', pathNot: 'node_modules/@marcbachmann/cel-js/' },
    },
    {
      name: 'domain-core',
      comment: 'No clock, no randomness, no files: what a rule needs is an argument.',
      from: { path: '^domain/', pathNot: TESTS },
      to: { dependencyTypes: ['core'] },
    },
    may('platform', ['domain'], 'Configuration, logs and ids serve every folder and need none.'),
    may('prisma', ['platform'], 'The schema and its client stand below everything that queries.'),
    may('ledger', ['domain', 'platform', 'prisma'], 'The only writer of ledger tables.'),
    may(
      'engine',
      ['ledger', 'domain', 'platform', 'prisma'],
      'Deeds that several callers share know the ledger and the rules, not who calls them.',
    ),
    may(
      'activities',
      ['engine', 'ledger', 'domain', 'platform', 'prisma'],
      'One transaction each: activities know the deeds, the ledger and the rules, not who calls them.',
    ),
    {
      name: 'activities-rooms',
      comment: 'What another noun’s activities need too is a deed of the engine.',
      from: { path: '^activities/([^/]+)/', pathNot: TESTS },
      to: { path: '^activities/[^/]+/', pathNot: '^activities/$1/' },
    },
    may(
      'workflows',
      ['domain', 'activities'],
      'Deterministic code: rules, messages, and the types of activities.',
    ),
    may(
      'api',
      ['workflows', 'engine', 'ledger', 'domain', 'platform', 'prisma'],
      'The API records and reads, by the same deeds as the activities, which are Temporal’s to run.',
    ),
    {
      name: 'api-routers',
      comment:
        'A noun’s procedures are for api/router.ts; what another room needs of them is a file of its own.',
      from: { path: '^api/', pathNot: [TESTS, '^api/router\\.ts$'] },
      to: { path: '^api/[^/]+/router\\.ts$' },
    },
    {
      name: 'api-http',
      comment: 'What every route has knows no noun, no key and no procedure.',
      from: { path: '^api/http/', pathNot: TESTS },
      to: { path: '^api/', pathNot: '^api/http/' },
    },
    may(
      'worker',
      ['workflows', 'activities', 'engine', 'ledger', 'domain', 'platform', 'prisma'],
      'The composition root.',
    ),
    may('capture', [], 'The script for browsers shares no code with the servers.'),
    {
      name: 'nothing-imports-capture',
      comment: 'Its code is for browsers; the API hands on what the build made of it.',
      from: { pathNot: '^capture/' },
      to: { path: '^capture/' },
    },
    {
      name: 'nothing-imports-local',
      comment: 'What runs in production does not know how it is run here.',
      from: {
        path: '^(api|worker|workflows|activities|engine|ledger|domain|platform|prisma)/',
        pathNot: TESTS,
      },
      to: { path: '^(local|bench)/' },
    },
  ].map((rule) => ({ ...rule, severity: 'error' })),
  options: {
    // TypeScript 7 offers no compiler API to other programs.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|prisma/generated)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.cjs', '.json'],
    },
  },
};
