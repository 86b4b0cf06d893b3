import { useEffect, useRef } from 'react';
import type { Thread } from '../api/shapes.ts';
import type { Attachment } from './use-attachment.ts';
import type { Draft } from './use-draft.ts';
import type { Sending } from './use-send.ts';

/** The artist wrote before our words left: they are the coach's again, in a field that holds nothing else. */
export function useReturned(thread: Thread, sending: Sending, reply: Draft, attachment: Attachment): void {
  const seen = useRef(new Set(thread.items.map(({ id }) => id)));
  const given = useRef(new Set<string>());
  const { typedText } = sending;
  const { text, write } = reply;
  const { attached, restore } = attachment;
  useEffect(() => {
    for (const item of thread.items) {
      if (item.kind !== 'out' || item.reason !== 'returned' || seen.current.has(item.id)) continue;
      if (given.current.has(item.id) || text !== '' || attached) continue;
      given.current.add(item.id);
      write(typedText(item));
      if (item.file) restore(item.file);
    }
  }, [thread.items, text, attached, typedText, write, restore]);
}
