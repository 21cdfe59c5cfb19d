// Rules for the imports that remain once the compiler has removed the types, read from dist/: they decide
// what the workflow bundle contains.

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'workflow-bundle-folders',
      severity: 'error',
      comment:
        'Workflows run in a sandbox and must be deterministic: the bundle holds workflows and rules, and ' +
        'of activities only types.',
      from: { path: '^dist/workflows/' },
      to: { path: '^dist/', pathNot: '^dist/(workflows|domain)/' },
    },
    {
      name: 'workflow-bundle-no-cel',
      severity: 'error',
      comment: 'The expression evaluator stays out of the workflow bundle.',
      from: { path: '^dist/workflows/' },
      to: { path: '^dist/domain/rules/language\\.js$', reachable: true },
    },
    {
      name: 'workflow-bundle-packages',
      severity: 'error',
      comment: 'Only Temporal’s own workflow packages are made for the sandbox.',
      from: { path: '^dist/workflows/' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-no-pkg', 'core'],
        pathNot: 'node_modules/@temporalio/(workflow|common)/',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // A build that somebody made with the tests in it, and the script for browsers, which tests bundle anew.
    exclude: { path: ['\\.test\\.js$', '^dist/tests/', '^dist/capture/'] },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
