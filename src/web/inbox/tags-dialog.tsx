import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { api, newClientId } from '../api/client.ts';
import { keys, threadPath } from '../api/queries.ts';
import type { Thread } from '../api/shapes.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { TextField } from '../parts/field.tsx';
import { toast } from '../parts/toasts.tsx';
import { useWords } from '../words.ts';
import { problemText } from './problem.ts';

const split = (text: string): readonly string[] => [
  ...new Set(
    text
      .split(',')
      .map((tag) => tag.trim().toLowerCase())
      .filter(Boolean),
  ),
];

/** All tags of a thread in one line, where the card is not at hand. */
export function TagsDialog({ thread, onClose }: { thread: Thread; onClose: () => void }) {
  const words = useWords();
  const { t } = words;
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (tags: readonly string[]) =>
      api('POST', `${threadPath(thread.row.id)}/tags`, { clientId: newClientId(), tags }),
    onSuccess: onClose,
    onError: (error) => toast(problemText(error, words)),
    onSettled: () => client.invalidateQueries({ queryKey: keys.thread(thread.row.id) }),
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    save.mutate(split(String(new FormData(event.currentTarget).get('tags'))));
  };
  return (
    <Dialog
      title={t('card.tags')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('act.cancel')}</Button>
          <Button type="submit" form="tags" look="primary" disabled={save.isPending}>
            {t('tags.save')}
          </Button>
        </>
      }
    >
      <form id="tags" onSubmit={submit}>
        <TextField
          label={t('tags.label')}
          hint={t('tags.hint')}
          name="tags"
          maxLength={400}
          defaultValue={thread.row.tags.join(', ')}
        />
      </form>
    </Dialog>
  );
}
