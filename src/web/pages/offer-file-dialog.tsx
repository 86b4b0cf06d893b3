import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, isApiError } from '../api/client.ts';
import { problemText } from '../inbox/problem.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Notice } from '../parts/notice.tsx';
import { toast } from '../parts/toasts.tsx';
import { useWords } from '../words.ts';
import { Table } from './block.tsx';
import styles from './offers-page.module.css';
import { pagesRoot } from './queries.ts';
import { whole } from './share.ts';

interface Taken {
  readonly rows: number;
  readonly added: number;
  readonly changed: number;
  readonly confirmed: number;
  readonly refused: number;
  readonly lines: readonly { readonly line: number; readonly key: string; readonly state: string }[];
}

interface Chosen {
  readonly name: string;
  readonly csv: string;
}

const mostBytes = 1_000_000;
const takenStates: ReadonlySet<string> = new Set(['new', 'changed', 'confirmed']);

function Report({ taken }: { taken: Taken }) {
  const { t, known, language } = useWords();
  const counts = (['added', 'changed', 'confirmed', 'refused'] as const).map((name) =>
    t(`offers.file.${name}`, { count: taken[name], number: whole(taken[name], language) }),
  );
  // What is refused is what somebody has to do something about.
  const lines = [...taken.lines].sort(
    (one, other) =>
      Number(takenStates.has(one.state)) - Number(takenStates.has(other.state)) || one.line - other.line,
  );
  return (
    <>
      <p role="status">{counts.join(' · ')}</p>
      <div className={styles.lines}>
        <Table
          name={t('offers.file.lines')}
          rows={lines}
          keyOf={({ line }) => String(line)}
          empty={t('offers.file.empty')}
          columns={[
            { key: 'line', title: t('offers.file.line'), isNumber: true, cell: ({ line }) => line },
            { key: 'key', title: t('offers.file.key'), cell: ({ key }) => key || '–' },
            {
              key: 'state',
              title: t('offers.file.state'),
              cell: ({ state }) =>
                known(`offers.file.states.${state}`, known(`offers.reason.${state}`, state)),
            },
          ]}
        />
      </div>
    </>
  );
}

/** A file of facts: first what it would do, row by row; then, on a word, it is done. */
export function OfferFileDialog({ onClose }: { onClose: () => void }) {
  const words = useWords();
  const { t } = words;
  const client = useQueryClient();
  const [chosen, choose] = useState<Chosen | null>(null);
  const [isTooLarge, setTooLarge] = useState(false);
  const dry = useMutation({
    mutationFn: (file: Chosen) => api<Taken>('POST', '/api/offers/import', { ...file, isDry: true }),
  });
  const take = useMutation({
    mutationFn: (file: Chosen) => api<Taken>('POST', '/api/offers/import', { ...file, isDry: false }),
    onSuccess: ({ added, changed, confirmed }) => {
      toast(t('offers.file.done', { count: added + changed + confirmed }));
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: pagesRoot }),
  });
  const read = async (file: File | undefined): Promise<void> => {
    dry.reset();
    choose(null);
    setTooLarge(Boolean(file && file.size > mostBytes));
    if (!file || file.size > mostBytes) return;
    const next = { name: file.name, csv: await file.text() };
    choose(next);
    dry.mutate(next);
  };
  const taken = dry.data;
  const willTake = taken ? taken.added + taken.changed + taken.confirmed : 0;
  const error = dry.error ?? take.error;
  return (
    <Dialog
      title={t('offers.file.title')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('act.cancel')}</Button>
          <Button
            look="primary"
            disabled={!chosen || willTake === 0 || take.isPending}
            onClick={() => chosen && take.mutate(chosen)}
          >
            {t('offers.file.take', { count: willTake })}
          </Button>
        </>
      }
    >
      <p>{t('offers.file.lead')}</p>
      <input
        type="file"
        accept=".csv,text/csv"
        className={styles.file}
        aria-label={t('offers.file.choose')}
        onChange={(event) => void read(event.target.files?.[0])}
      />
      {isTooLarge && <Notice tone="bad">{t('offers.file.tooLarge')}</Notice>}
      {error && (
        <Notice tone="bad">
          {isApiError(error, 400) ? t('offers.file.unread') : problemText(error, words)}
        </Notice>
      )}
      {taken && <Report taken={taken} />}
    </Dialog>
  );
}
