import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, newClientId } from '../api/client.ts';
import { keys, threadPath } from '../api/queries.ts';
import type { Thread } from '../api/shapes.ts';
import { AskDialog } from '../parts/ask-dialog.tsx';
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
  return (
    <AskDialog
      title={t('card.tags')}
      confirm={t('tags.save')}
      isBusy={save.isPending}
      onConfirm={(fields) => save.mutate(split(String(fields.get('tags'))))}
      onClose={onClose}
    >
      <TextField
        label={t('tags.label')}
        hint={t('tags.hint')}
        name="tags"
        maxLength={400}
        defaultValue={thread.row.tags.join(', ')}
      />
    </AskDialog>
  );
}
