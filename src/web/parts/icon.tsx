import type { ReactNode } from 'react';

/** Our own 16 px drawings: one line, the colour of the text they stand beside. */
const drawings = {
  todo: <path d="M2.5 9.5 4 3.5h8l1.5 6v3h-11zM2.5 9.5h3l1 1.5h3l1-1.5h3" />,
  mine: (
    <path d="M8 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM3 13.5c.4-2.4 2.3-3.7 5-3.7s4.600 1.300 5 3.700" />
  ),
  vip: (
    <path d="m8 2.500 1.700 3.500 3.800.5-2.800 2.700.700 3.800L8 11.200 4.600 13l.7-3.800L2.500 6.500 6.300 6z" />
  ),
  promises: (
    <path d="M8 13.500a5.500 5.500 0 1 1 5.400-6.500M8 5v3.200l1.500 1M9.800 12.200l1.500 1.500 3-3.700" />
  ),
  snoozed: <path d="M13 9.600A5.500 5.500 0 1 1 6.400 3 4.500 4.500 0 0 0 13 9.600Z" />,
  check: (
    <path d="M1.800 8S4 3.800 8 3.800 14.200 8 14.200 8 12 12.200 8 12.200 1.800 8 1.800 8ZM8 9.700a1.700 1.700 0 1 0 0-3.400 1.700 1.700 0 0 0 0 3.400Z" />
  ),
  stuck: <path d="M8 2.800 14 13H2zM8 6.800v2.800M8 11.300v.1" />,
  sends: <path d="m2.500 8 11-5-3 10.500-2.700-4zM7.800 9.500l5.700-6.500" />,
  all: <path d="M2.500 4h11M2.500 8h11M2.500 12h11" />,
  sms: <path d="M2.500 3.500h11v7.500H7l-2.800 2.300V11H2.500zM5.500 7.300h.1M8 7.300h.1M10.500 7.300h.1" />,
  whatsapp: (
    <path d="M8 2.500a5.500 5.500 0 0 0-4.700 8.300L2.500 13.500l2.800-.7A5.500 5.500 0 1 0 8 2.500ZM6 5.800c-.3 2 1.900 4.400 4 4.400M6 5.800l.8 1M10 10.200l-1-.9" />
  ),
  email: <path d="M2.500 4h11v8h-11zM2.500 4.500 8 8.800l5.500-4.300" />,
  push: <path d="M4 11V7.500a4 4 0 0 1 8 0V11l1 1.200H3zM6.800 13.800h2.400" />,
  note: <path d="M4.500 7.200V5.500a3.500 3.500 0 0 1 7 0v1.700M3.500 7.200h9v6h-9z" />,
  clock: <path d="M8 13.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11ZM8 5v3.200l2 1.300" />,
  sent: <path d="m3.500 8.500 3 3 6-7" />,
  delivered: <path d="m1.500 8.500 3 3 6-7M8 11l.6.5 6-7" />,
  failed: <path d="M8 13.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11ZM8 5.200v3.300M8 10.600v.1" />,
  unsure: (
    <path d="M8 13.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11ZM6.500 6.500a1.500 1.500 0 1 1 2.200 1.300c-.5.300-.7.500-.7 1.100M8 10.800v.1" />
  ),
  blocked: <path d="M8 13.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11ZM4.200 4.200l7.600 7.600" />,
  back: <path d="M10 3 5 8l5 5" />,
  close: <path d="m4 4 8 8M12 4l-8 8" />,
  more: <path d="M3.5 8v.1M8 8v.1M12.5 8v.1" strokeWidth="2" />,
  down: <path d="M8 3v10M4 9l4 4 4-4" />,
  take: (
    <path d="M5 8V4.200a1 1 0 0 1 2 0V7m0 0V3.300a1 1 0 0 1 2 0V7m0 0V4.200a1 1 0 0 1 2 0V9c0 2.800-1.300 4.500-3.500 4.500S4.300 12.300 3 9.500c-.4-1 .8-1.700 1.500-.8L5 9.300" />
  ),
  handBack: <path d="M6.500 4 3 7.500 6.500 11M3.500 7.500H9a4 4 0 0 1 4 4v1" />,
  resolve: (
    <path d="M8 13.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11ZM5.500 8.200l1.800 1.800 3.300-3.800" />
  ),
  transfer: <path d="M2.500 5.500h10M9.500 2.500l3 3-3 3M13.500 11h-10M6.500 8l-3 3 3 3" />,
  why: <path d="M6 6a2 2 0 1 1 3 1.800c-.7.400-1 .8-1 1.600M8 11.900v.1" />,
  reply: <path d="M6 4 2.500 7.500 6 11M3 7.500h6.500a3.500 3.500 0 0 1 3.500 3.500v1.500" />,
  card: (
    <path d="M2.500 3.500h11v9h-11zM5 9.700c.2-1 .9-1.500 1.700-1.500s1.500.5 1.700 1.500M6.700 7a.9.9 0 1 0 0-1.800.9.9 0 0 0 0 1.800ZM10 6.500h1.500M10 9h1.500" />
  ),
  bolt: <path d="M9 2 3.500 9H8l-1 5 5.500-7H8z" />,
  phone: <path d="M4.500 1.800h7v12.400h-7zM7.300 12.200h1.400" />,
  menu: <path d="M2.500 4h11M2.500 8h11M2.500 12h7" />,
  skip: <path d="m4 4 5 4-5 4zM12 4v8" />,
  contacts: (
    <path d="M6 7.500a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400ZM1.800 13c.3-2.300 1.900-3.500 4.200-3.500s3.900 1.200 4.200 3.500M10.500 3.300a2.200 2.200 0 0 1 0 4M12 9.900c1.300.5 2 1.600 2.200 3.100" />
  ),
  sequences: <path d="M2 8h12M4 8a1.500 1.500 0 1 0-.1 0M8 8V4.500h3.500M12 8v3.500H9" />,
  experiments: <path d="M6 2.500h4M6.800 2.500v4L3 13.500h10L9.200 6.500v-4M5 10.500h6" />,
  compliance: <path d="M8 2 3 4v4c0 3 2 5 5 6 3-1 5-3 5-6V4zM5.800 8l1.600 1.600 2.900-3.300" />,
  health: <path d="M1.800 8.500h3l1.500-4 3 7 1.700-4.500.7 1.500h2.500" />,
  search: <path d="M7 11.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9ZM10.300 10.300l3.200 3.200" />,
  clip: (
    <path d="M12.700 7.300 8 12a2.900 2.900 0 0 1-4.100-4.100l5-5a1.900 1.900 0 0 1 2.700 2.700l-5 5a.9.9 0 0 1-1.300-1.300L9.700 4.900" />
  ),
  file: <path d="M4 1.800h5L12.500 5v9.200H4zM8.800 2v3.300h3.500" />,
  bot: <path d="M3 6h10v6.500H3zM8 3.500V6M6 9v.1M10 9v.1" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof drawings;

export const isIcon = (name: string): name is IconName => name in drawings;

/** A drawing beside a word; the word is what is read aloud. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {drawings[name]}
    </svg>
  );
}
