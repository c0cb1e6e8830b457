// What an editor can tell of the import law as a line is typed; test/house.test.ts holds all of it: the order of the rooms,
// no circle, types included. local/ imports nothing from the rest, and only two files may open it.
const LOCAL_GATE = { regex: '(^|/)local/', message: 'Only embedded.ts and commands/local.ts open local/, by dynamic import.' };
const COMMANDS = { regex: '(^|/)commands/', message: 'Only command-table.ts imports commands; what two share lives in feature-store/.' };
const CLI = { regex: '(^|/)cli\\.js$', message: 'cli.ts is the top: nothing imports it but bin.' };
const FEATURE_STORE = { regex: '(^|/)feature-store/', message: 'This room is below feature-store/.' };
/** Out of src/local/: so many levels up. */
const outOfLocal = (levels) => ({ regex: `^(\\.\\./){${levels}}`, message: 'local/ imports nothing from the rest.' });
const restrict = (...patterns) => ({ '@typescript-eslint/no-restricted-imports': ['error', { patterns }] });

module.exports = {
  root: true,
  parser: '@typescript-eslint/parser',
  parserOptions: { project: './tsconfig.json', tsconfigRootDir: __dirname },
  plugins: ['@typescript-eslint'],
  extends: ['eslint:recommended', 'plugin:@typescript-eslint/recommended-type-checked'],
  ignorePatterns: ['dist', 'node_modules', 'coverage'],
  rules: {
    ...restrict(CLI),
    'no-restricted-globals': [
      'error',
      { name: 'process', message: 'host.ts is the only file that names process.' },
      { name: 'console', message: 'Write through context.output.' },
    ],
    'no-console': 'error',
    'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    'max-params': ['error', 3],
    eqeqeq: 'error',
    '@typescript-eslint/consistent-type-imports': 'error',
    '@typescript-eslint/no-floating-promises': 'error',
    // Our objects are closures: no method of theirs knows `this`.
    '@typescript-eslint/unbound-method': 'off',
    '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
  },
  overrides: [
    { files: ['src/*.ts'], rules: restrict(CLI, LOCAL_GATE) },
    { files: ['src/embedded.ts'], rules: restrict(CLI) },
    { files: ['src/commands/**/*.ts'], rules: restrict(CLI, LOCAL_GATE, { regex: '^(\\./(?!demo\\.|[\\w-]*options)|\\.\\./(read|write|groups|move|tools)/)', message: 'Commands never import each other.' }) },
    { files: ['src/commands/plans/*.ts'], rules: restrict(CLI, LOCAL_GATE, { regex: '(^|/)context\\.js$', message: 'Plans are rendered here; the command prints them.' }) },
    { files: ['src/feature-store/*.ts', 'src/feature-store/**/*.ts'], rules: restrict(CLI, LOCAL_GATE, COMMANDS, { group: ['commander'], message: 'feature-store/ knows no command line.' }) },
    { files: ['src/fast-calls/*.ts', 'src/s3/*.ts'], rules: restrict(CLI, LOCAL_GATE, COMMANDS, FEATURE_STORE) },
    {
      files: ['src/utils/**/*.ts'],
      rules: restrict(CLI, LOCAL_GATE, COMMANDS, FEATURE_STORE, { regex: '(^|/)fast-calls/', message: 'utils/ is below fast-calls/.' }),
    },
    { files: ['src/sdk/*.ts'], rules: restrict({ regex: '^\\.(?!/|\\./(errors\\.js$|utils/))', message: 'sdk/ knows the SDK clients and what their answers look like, and nothing above that.' }) },
    { files: ['src/network/*.ts'], rules: restrict({ regex: '^\\.(?!/|\\./(errors\\.js$|utils/))', message: 'network/ knows the way to AWS, and nothing of what is said there.' }) },
    { files: ['src/local/*.ts'], rules: restrict(outOfLocal(1)) },
    { files: ['src/local/*/*.ts'], rules: restrict(outOfLocal(2)) },
    { files: ['src/local/*/*/*.ts'], rules: restrict(outOfLocal(3)) },
    { files: ['src/host.ts'], rules: { 'no-restricted-globals': 'off' } },
    {
      files: ['test/**/*.ts'],
      rules: {
        '@typescript-eslint/no-restricted-imports': 'off',
        'no-restricted-globals': 'off',
        'no-console': 'off',
        'max-lines': 'off',
        'max-params': 'off',
        // Vitest's asymmetric matchers are typed any.
        '@typescript-eslint/no-unsafe-assignment': 'off',
      },
    },
  ],
};
