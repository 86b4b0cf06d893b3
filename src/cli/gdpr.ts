import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Config } from '../config.ts';
import { age, countAging } from '../pipeline/age.ts';
import { forgetSilent } from '../pipeline/forget.ts';
import { monotonicMs } from '../clock.ts';
import { readAudit } from '../reports/audit.ts';
import { readComplianceMonth, writeComplianceMonth, type ReportWords } from '../reports/compliance-month.ts';
import { writeRegister, type RegisterWords } from '../reports/register.ts';
import { inHouse, needPerson } from './contacts-rights.ts';
import { CommandError } from './program.ts';

function readWords(localesDir: string, locale: string): RegisterWords & { readonly report: ReportWords } {
  if (locale !== 'fr' && locale !== 'en')
    throw new CommandError(`--locale: got "${locale}", takes fr or en`, 2);
  return parse(readFileSync(join(localesDir, locale, 'register.yaml'), 'utf8')) as RegisterWords & {
    report: ReportWords;
  };
}

/** `mona gdpr register`: the register of processing, from the code's own declarations. Needs no database. */
export const register = (localesDir: string, locale: string): string =>
  writeRegister(readWords(localesDir, locale));

const roundMs = 600_000;

/** `mona gdpr retention`: what is past its limit, and with `--dry-run` nothing more; else it is done now, and told. */
export const retention = (config: Config, isDry: boolean): Promise<string> =>
  inHouse(config, async ({ store, clock, log, arrive, carriers }) => {
    const due = await countAging({ store, clock });
    const deps = { store, clock, log, arrive, redact: (sid: string) => carriers.twilio.redact(sid) };
    if (!isDry) {
      await store.settings.deleteOne({ _id: 'aged' });
      await age({ store, clock }, monotonicMs() + roundMs);
    }
    const silent = await forgetSilent(deps, isDry);
    return [
      isDry ? 'Dry run: nothing was written.' : 'Done.',
      ...due.map(
        ({ code, collection, days, blank, count }) =>
          `  ${code.padEnd(13)} ${collection.padEnd(13)} after ${String(days).padStart(4)} d  ${String(count).padStart(8)} ${blank ? 'blanked' : 'deleted'}`,
      ),
      `  silent for three years: ${String(silent['asked'])} to ask, ${String(silent['stayed'])} answered, ${String(silent['forgotten'])} to erase`,
    ].join('\n');
  });

const yearMs = 366 * 86_400_000;

/** `mona gdpr audit WHO`: twelve months of who did what, newest first. */
export const audit = (config: Config, who: string, isJson: boolean): Promise<string> =>
  inHouse(config, async (house) => {
    const contactId = await needPerson(house, who);
    const since = new Date(house.clock.now().getTime() - yearMs);
    const lines = await readAudit(house.store, contactId, { since, most: 1_000 });
    return lines
      .map((line) =>
        isJson
          ? JSON.stringify(line)
          : `${line.at.toISOString()}  ${line.who.padEnd(10)} ${line.did.padEnd(18)} ${JSON.stringify(line.detail)}`,
      )
      .join('\n');
  });

/** `mona gdpr report MONTH`: the month for a regulator, as Markdown or JSON. */
export const report = (config: Config, month: string, locale: string, isJson: boolean): Promise<string> =>
  inHouse(config, async ({ store, clock }) => {
    if (!/^\d{4}-(?:0[1-9]|1[0-2])$/.test(month))
      throw new CommandError(`"${month}" is no month, such as 2026-11`, 2);
    const read = await readComplianceMonth(store, month, clock.now());
    return isJson
      ? JSON.stringify(read, null, 2)
      : writeComplianceMonth(read, readWords(config.localesDir, locale).report);
  });
