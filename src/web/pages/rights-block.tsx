import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client.ts';
import { problemText } from '../inbox/problem.ts';
import { AskDialog } from '../parts/ask-dialog.tsx';
import { Button } from '../parts/button.tsx';
import { TextField } from '../parts/field.tsx';
import { Notice } from '../parts/notice.tsx';
import { Failed, Skeleton } from '../parts/skeleton.tsx';
import { toast } from '../parts/toasts.tsx';
import { weekdayTime } from '../time.ts';
import { useWords } from '../words.ts';
import { Block, Table } from './block.tsx';
import styles from './rights-block.module.css';

interface AuditLine {
  readonly at: string;
  readonly who: string;
  readonly did: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

interface Held {
  readonly collection: string;
  readonly count: number;
  readonly does: string;
}

interface Of {
  readonly id: string;
  readonly name: string;
}

const pathOf = (id: string, what: string): string => `/api/contacts/${encodeURIComponent(id)}/${what}`;

/** Does one thing for a person, says that it was done, and reads the page again. */
function useRight(id: string, what: string, done: string, body: object, onDone: () => void) {
  const words = useWords();
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api('POST', pathOf(id, what), body),
    onSuccess: async () => {
      toast(words.t(done));
      onDone();
      await client.invalidateQueries({ queryKey: ['pages'] });
    },
    onError: (error) => toast(problemText(error, words)),
  });
}

function ObjectDialog({ id, name, onClose }: Of & { onClose: () => void }) {
  const { t } = useWords();
  const object = useRight(id, 'objection', 'rights.objected', {}, onClose);
  return (
    <AskDialog
      title={t('rights.objectTitle', { name })}
      confirm={t('rights.object')}
      isBusy={object.isPending}
      onConfirm={() => object.mutate()}
      onClose={onClose}
    >
      <p>{t('rights.objectText')}</p>
    </AskDialog>
  );
}

function HeldList({ id }: Pick<Of, 'id'>) {
  const { t, known } = useWords();
  const { data, error, refetch } = useQuery({
    queryKey: ['pages', 'held', id],
    queryFn: () => api<{ held: readonly Held[] }>('GET', pathOf(id, 'held')),
  });
  if (error) return <Failed what={t('problem.page')} error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton lines={4} />;
  return (
    <ul className={styles.held}>
      {data.held.map(({ collection, count, does }) => (
        <li key={collection}>
          {known(`rights.data.${collection}`, collection)} · {count} · {t(`rights.does.${does}`)}
        </li>
      ))}
    </ul>
  );
}

function EraseDialog({ id, name, onClose }: Of & { onClose: () => void }) {
  const { t } = useWords();
  const [typed, setTyped] = useState('');
  const erase = useRight(id, 'erasure', 'rights.erased', { contactId: id }, onClose);
  return (
    <AskDialog
      title={t('rights.eraseTitle', { name })}
      confirm={t('rights.erase')}
      isBusy={typed.trim() !== name || erase.isPending}
      onConfirm={() => erase.mutate()}
      onClose={onClose}
    >
      <Notice tone="bad">{t('rights.eraseText')}</Notice>
      <HeldList id={id} />
      <p>{t('rights.stays')}</p>
      <TextField
        label={t('rights.typeName', { name })}
        value={typed}
        autoComplete="off"
        onChange={(event) => setTyped(event.target.value)}
      />
    </AskDialog>
  );
}

function Trail({ id }: Pick<Of, 'id'>) {
  const { t, known, language } = useWords();
  const { data, error, refetch } = useQuery({
    queryKey: ['pages', 'audit', id],
    queryFn: () => api<{ lines: readonly AuditLine[] }>('GET', `${pathOf(id, 'audit')}?most=100`),
  });
  if (error) return <Failed what={t('problem.page')} error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton lines={4} />;
  return (
    <Table
      name={t('rights.trail')}
      rows={data.lines.map((line, place) => ({ ...line, place }))}
      keyOf={({ place }) => String(place)}
      empty={t('rights.noTrail')}
      columns={[
        { key: 'at', title: t('table.at'), cell: ({ at }) => weekdayTime(at, language) },
        {
          key: 'who',
          title: t('rights.who'),
          cell: ({ who }) => known(`rights.by.${who === id ? 'artist' : who}`, who),
        },
        { key: 'did', title: t('rights.did'), cell: ({ did }) => known(`rights.acts.${did}`, did) },
        {
          key: 'why',
          title: t('why.reason'),
          cell: ({ detail }) => {
            const { reason, source } = detail;
            if (typeof reason === 'string') return known(`reason.${reason}`, reason);
            return typeof source === 'string' ? known(`consent.source.${source}`, source) : '–';
          },
        },
      ]}
    />
  );
}

/** What a person may ask of us, and what was done to and for them: for managers (compliance.md §9). */
export function RightsBlock({ id, name }: Of) {
  const { t } = useWords();
  const [asked, setAsked] = useState<'object' | 'erase' | null>(null);
  const [isTrailOpen, setIsTrailOpen] = useState(false);
  const close = (): void => setAsked(null);
  return (
    <Block title={t('rights.title')} hint={t('rights.hint')}>
      <div className={styles.acts}>
        <a className={styles.link} href={pathOf(id, 'bundle')} download>
          {t('rights.access')}
        </a>
        <Button onClick={() => setAsked('object')}>{t('rights.object')}</Button>
        <Button onClick={() => setAsked('erase')}>{t('rights.erase')}</Button>
        <Button aria-expanded={isTrailOpen} onClick={() => setIsTrailOpen(!isTrailOpen)}>
          {t('rights.trail')}
        </Button>
      </div>
      {isTrailOpen && <Trail id={id} />}
      {asked === 'object' && <ObjectDialog id={id} name={name} onClose={close} />}
      {asked === 'erase' && <EraseDialog id={id} name={name} onClose={close} />}
    </Block>
  );
}
