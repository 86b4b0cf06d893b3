import { join } from 'node:path';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';

/** `npm start` of one web process, with the pages the tests have built: it is there to be killed. */
const [webDir = ''] = process.argv.slice(2);
const config = readConfig(process.env, join(import.meta.dirname, '../..'));
await createApp({ ...config, webDir });
process.stdout.write('ready\n');
