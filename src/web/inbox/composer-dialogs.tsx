import type { Channel, Thread } from '../api/shapes.ts';
import { useWords } from '../words.ts';
import { HourDialog } from './hour-dialog.tsx';
import { PromiseDialog } from './promise-dialog.tsx';
import { TemplateDialog } from './template-dialog.tsx';
import type { Outgoing } from './use-send.ts';

export type ComposerDialog = 'template' | 'later' | 'promise';

interface Props {
  name: ComposerDialog;
  thread: Thread;
  channel: Channel;
  /** What says all of itself: the words of the field stay. */
  onSend: (message: Outgoing) => void;
  /** The words of the field, at that hour. */
  onLater: (at: string) => void;
  onClose: () => void;
}

/** What the composer asks for before words leave another way than now and as typed. */
export function ComposerDialogs({ name, thread, channel, onSend, onLater, onClose }: Props) {
  const { t } = useWords();
  const { artist } = thread;
  if (name === 'template')
    return (
      <TemplateDialog
        thread={thread}
        onClose={onClose}
        onSend={({ key, fields, text }) => {
          onClose();
          onSend({ text, channel: 'whatsapp', template: { key, fields } });
        }}
      />
    );
  if (name === 'promise')
    return (
      <PromiseDialog
        thread={thread}
        onClose={onClose}
        onPromise={({ text, until }) => {
          onClose();
          onSend({ text, channel, until: until.toISOString() });
        }}
      />
    );
  return (
    <HourDialog
      title={t('composer.later')}
      lead={t('composer.laterLead', { name: artist.name.split(' ')[0] ?? artist.name })}
      confirm={t('composer.laterConfirm')}
      zone={artist.zone}
      onClose={onClose}
      onPick={(at) => {
        onClose();
        onLater(at.toISOString());
      }}
    />
  );
}
