/** A text as a phone shows it: its addresses can be tapped. */
export function Linked({ text }: { text: string }) {
  const parts = text.split(/(https?:\/\/[^\s]+)/);
  return parts.map((part, index) =>
    /^https?:/.test(part) ? (
      <a key={index} href={part} target="_blank" rel="noreferrer">
        {part}
      </a>
    ) : (
      part
    ),
  );
}
