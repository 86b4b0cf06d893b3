import { join } from 'node:path';
import { run } from './cli/program.ts';

// `dist/main.js` when built, `src/main.ts` in development: the project is one folder up from either.
await run(process.argv, join(import.meta.dirname, '..'));
