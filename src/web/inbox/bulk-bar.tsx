import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, isApiError, newClientId } from '../api/client.ts';
import { keys, putRow, threadPath } from '../api/queries.ts';
import type { Row } from '../api/shapes.ts';
import { Button } from '../parts/button.tsx';
import { toast } from '../parts/toasts.tsx';
import { useWords } from '../words.ts';
import styles from './bulk-bar.module.css';

const verbs = ['claim', 'release', 'resolve', 'unread'] as const;
type Verb = (typeof verbs)[number];

interface Props {
  rows: readonly Row[];
  onClear: () => void;
}

/** One thing done to several threads, each as it would be alone: what somebody else has taken meanwhile stays theirs. */
export function BulkBar({ rows, onClear }: Props) {
  const { t } = useWords();
  const client = useQueryClient();
  const [isBusy, setIsBusy] = useState(false);

  const ask = async (row: Row, verb: Verb | 'undo'): Promise<Row | null> => {
    try {
      const { row: fresh } = await api<{ row: Row }>('POST', `${threadPath(row.id)}/${verb}`, {
        clientId: newClientId(),
        rev: row.own.rev,
      });
      putRow(client, fresh);
      return fresh;
    } catch (error) {
      if (!isApiError(error)) throw error;
      return null;
    }
  };
  const askAll = async (them: readonly Row[], verb: Verb | 'undo'): Promise<readonly Row[]> => {
    setIsBusy(true);
    const done: Row[] = [];
    // One after the other: each answer comes after its commit, and twenty at once would only wait for each other.
    for (const row of them) {
      const fresh = await ask(row, verb);
      if (fresh) done.push(fresh);
    }
    setIsBusy(false);
    for (const queryKey of [['rows'], keys.counts]) void client.invalidateQueries({ queryKey });
    return done;
  };
  const run = async (verb: Verb): Promise<void> => {
    const done = await askAll(rows, verb);
    onClear();
    toast(
      t(`bulk.did.${verb}`, { count: done.length, of: rows.length }),
      verb === 'unread' ? undefined : { label: t('bulk.undo'), run: () => void askAll(done, 'undo') },
    );
  };
  return (
    <div className={styles.bar} role="toolbar" aria-label={t('bulk.title')}>
      <span>{t('bulk.count', { count: rows.length })}</span>
      {verbs.map((verb) => (
        <Button key={verb} isSmall disabled={isBusy} onClick={() => void run(verb)}>
          {t(`act.${verb}`)}
        </Button>
      ))}
      <Button isSmall look="quiet" icon="close" aria-label={t('bulk.clear')} onClick={onClear} />
    </div>
  );
}
