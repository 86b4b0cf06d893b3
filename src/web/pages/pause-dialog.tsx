import { AskDialog } from '../parts/ask-dialog.tsx';
import { Skeleton } from '../parts/skeleton.tsx';
import { toast } from '../parts/toasts.tsx';
import { problemText } from '../inbox/problem.ts';
import { useWords } from '../words.ts';
import { usePausePreview, usePost } from './queries.ts';
import type { Sequence } from './shapes.ts';

/** Says what a pause would hold, or a resume let go, before it does. */
export function PauseDialog({ sequence, onClose }: { sequence: Sequence; onClose: () => void }) {
  const words = useWords();
  const { t, known } = words;
  const { data: preview } = usePausePreview(sequence.id);
  const verb = sequence.pausedAt ? 'resume' : 'pause';
  const change = usePost(() => `/api/sequences/${encodeURIComponent(sequence.id)}/${verb}`);
  const confirm = (): void =>
    change.mutate(undefined, {
      onSuccess: () => {
        toast(t(`sequence.did.${verb}`));
        onClose();
      },
      onError: (error) => toast(problemText(error, words)),
    });
  const waiting = preview?.waiting.reduce((sum, { count }) => sum + count, 0) ?? 0;
  return (
    <AskDialog
      title={t(`sequence.${verb}Title`, { name: known(`flow.${sequence.id}`, sequence.id) })}
      confirm={t(`sequence.${verb}`)}
      isBusy={!preview || change.isPending}
      onConfirm={confirm}
      onClose={onClose}
    >
      {preview ? (
        <>
          <p>{t(`sequence.${verb}Waiting`, { count: waiting })}</p>
          {preview.waiting.length > 0 && (
            <ul>
              {preview.waiting.map(({ key, count }) => (
                <li key={key}>
                  {key} · {count}
                </li>
              ))}
            </ul>
          )}
          {verb === 'pause' && <p>{t('sequence.pauseSoon', { count: preview.dueSoon })}</p>}
          {verb === 'resume' && preview.expired > 0 && (
            <p>{t('sequence.resumeExpired', { count: preview.expired })}</p>
          )}
          <p>{t(`sequence.${verb}Text`)}</p>
        </>
      ) : (
        <Skeleton lines={3} />
      )}
    </AskDialog>
  );
}
