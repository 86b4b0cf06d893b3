import { useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api } from '../api/client.ts';
import { hearServerNow } from '../api/server-clock.ts';
import type { Mail, MailHead, Phone, PhoneMessage, Said, SandboxState } from './shapes.ts';

const root = ['sandbox'] as const;
/** The stream tells at once; this is only the net under it. */
const netMs = 5000;

export function useSandbox() {
  return useQuery({
    queryKey: [...root, 'state'],
    refetchInterval: netMs,
    queryFn: async () => {
      const state = await api<SandboxState>('GET', '/api/sandbox/state');
      hearServerNow(state.clock.now);
      return state;
    },
  });
}

const phonePath = ({ channel, address }: Phone): string =>
  `/api/sandbox/phones/${channel}/${encodeURIComponent(address)}/messages`;

export function usePhone(phone: Phone) {
  return useQuery({
    queryKey: [...root, 'phone', phone.channel, phone.address],
    refetchInterval: netMs,
    queryFn: async () => (await api<{ messages: PhoneMessage[] }>('GET', phonePath(phone))).messages,
  });
}

export function useSay(phone: Phone) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (said: Said) => api('POST', phonePath(phone), said),
    onSettled: () => client.invalidateQueries({ queryKey: root }),
  });
}

export function useMails() {
  return useQuery({
    queryKey: [...root, 'mail'],
    refetchInterval: netMs,
    queryFn: async () => (await api<{ mails: MailHead[] }>('GET', '/api/sandbox/mail')).mails,
  });
}

export const useMail = (id: string) =>
  useQuery({
    queryKey: [...root, 'mail', id],
    queryFn: () => api<Mail>('GET', `/api/sandbox/mail/${encodeURIComponent(id)}`),
  });

/** A call to the sandbox that changes something; everything shown is read again after it. */
export function useSandboxAct<T>(path: (asked: T) => string, body: (asked: T) => unknown) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (asked: T) => api('POST', path(asked), body(asked)),
    onSettled: () => client.invalidateQueries({ queryKey: root }),
  });
}

const heard = ['message', 'mail', 'push', 'clock'] as const;

function listen(client: QueryClient): () => void {
  const source = new EventSource('/api/sandbox/stream');
  const read = (): void => void client.invalidateQueries({ queryKey: root });
  for (const name of [...heard, 'open']) source.addEventListener(name, read);
  return () => source.close();
}

export function useSandboxStream(): void {
  const client = useQueryClient();
  useEffect(() => listen(client), [client]);
}
