import { readFileSync } from 'node:fs';
import request from 'supertest';
import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { useApp } from '../support/app.ts';

const house = useApp();

const alerts = readFileSync('ops/prometheus/alerts.yml', 'utf8');
const board = readFileSync('ops/grafana/mona.json', 'utf8');

/** `mona_tick_seconds` of `mona_tick_seconds_bucket`. */
const family = (name: string): string => name.replace(/_(?:bucket|sum|count)$/u, '');

test('alerts and board ask for figures that the product has', async () => {
  const text = (await request(house.app.url).get('/metrics')).text;
  const known = new Set([...text.matchAll(/^# TYPE (\S+)/gmu)].map(([, name]) => name));
  const asked = [...`${alerts}${board}`.matchAll(/\bmona_[a-z0-9_]+/gu)].map(([name]) => family(name));
  expect(asked.length).toBeGreaterThan(10);
  expect([...new Set(asked)].filter((name) => !known.has(name))).toEqual([]);
});

test('the runbook has a paragraph for each alert', () => {
  const runbook = readFileSync('docs/runbook.md', 'utf8');
  const { groups } = parse(alerts) as { groups: { rules: { alert: string }[] }[] };
  const names = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !runbook.includes(`**${name}**`))).toEqual([]);
});

test('the compose file gives every process its addresses and its role', () => {
  const { services } = parse(readFileSync('ops/compose.yaml', 'utf8'), { merge: true }) as {
    services: Record<string, { environment?: Record<string, string> }>;
  };
  for (const role of ['web', 'worker'])
    expect(services[role]?.environment).toMatchObject({
      ROLE: role,
      MONGODB_URI: expect.stringContaining('replicaSet=') as string,
      REDIS_URL: expect.stringMatching(/^redis:/u) as string,
    });
});
