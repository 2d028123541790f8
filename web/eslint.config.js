import js from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import tseslint from 'typescript-eslint';

export default tseslint.config(
    { ignores: ['dist', 'dist-pusher'] },
    js.configs.recommended,
    {
        files: ['src/**/*.{ts,tsx}'],
        extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
        languageOptions: { globals: globals.browser, parserOptions: { projectService: true, tsconfigRootDir: dirname(fileURLToPath(import.meta.url)) } },
        plugins: { 'react-hooks': reactHooks },
        rules: {
            ...reactHooks.configs.recommended.rules,
            'max-lines': ['error', 300],
            '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
            '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
            '@typescript-eslint/consistent-type-definitions': 'off',
            '@typescript-eslint/no-invalid-void-type': 'off',
            '@typescript-eslint/non-nullable-type-assertion-style': 'off', /* `!` is forbidden, too */
            '@typescript-eslint/dot-notation': 'off', /* the compiler wants brackets for index signatures */
        },
    },
    {
        files: ['scripts/*.mjs', '*.config.{js,ts}'],
        languageOptions: { globals: globals.node },
    },
);
