import { useState } from 'react';
import { api, isApiError } from '../api/client.ts';
import { fileSize } from '../file-size.ts';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { useWords } from '../words.ts';
import styles from './media-view.module.css';

interface Props {
  /** Null once it was let go of. */
  url: string | null;
  type: string;
  /** Of a file of ours. */
  name?: string;
  size?: number;
  /** Whose it is. */
  by: string;
}

/** Why a file does not show: words under `media.why`. */
async function whyNot(url: string): Promise<string> {
  try {
    await api('GET', url);
    return 'media_unreadable';
  } catch (error) {
    return (isApiError(error) && error.code) || 'media_unavailable';
  }
}

const lasting: ReadonlySet<string> = new Set([
  'media_gone',
  'media_type_refused',
  'media_too_large',
  'media_refused',
]);

function Missing({ why, onRetry }: { why: string; onRetry: () => void }) {
  const { t, known } = useWords();
  return (
    <p className={styles.missing}>
      <Icon name="blocked" />
      <span>{known(`media.why.${why}`, t('media.why.media_unavailable'))}</span>
      {!lasting.has(why) && (
        <Button isSmall onClick={onRetry}>
          {t('act.retry')}
        </Button>
      )}
    </p>
  );
}

async function save(url: string, name: string): Promise<void> {
  const answer = await fetch(url, { credentials: 'same-origin' });
  if (!answer.ok) throw new Error(String(answer.status));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** A file that a program of the coach's opens. */
function Saved({
  url,
  name,
  size,
  onMissing,
}: {
  url: string;
  name: string;
  size?: number | undefined;
  onMissing: () => void;
}) {
  const { t, language } = useWords();
  return (
    <button
      type="button"
      className={styles.file}
      aria-label={t('media.save', { name })}
      onClick={() => void save(url, name).catch(onMissing)}
    >
      <Icon name="file" />
      <span className={styles.name}>{name}</span>
      {size !== undefined && <span className={styles.size}>{fileSize(size, language)}</span>}
      <Icon name="down" />
    </button>
  );
}

/** A picture, a sound, a film or a file of a thread, by our own door; one that is no more says so. */
export function MediaView({ url, type, name, size, by }: Props) {
  const { t, known } = useWords();
  const [why, setWhy] = useState<string | null>(url === null ? 'media_gone' : null);
  const [tries, setTries] = useState(0);
  if (url === null || why !== null)
    return (
      <Missing
        why={why ?? 'media_gone'}
        onRetry={() => {
          setWhy(null);
          setTries(tries + 1);
        }}
      />
    );
  const [kind = ''] = type.split('/');
  const label = name ?? known(`media.kind.${kind}`, t('media.kind.application'));
  const miss = (): void => void whyNot(url).then(setWhy);
  const source = { src: url, onError: miss };
  if (kind === 'image')
    return (
      <a className={styles.picture} href={url} target="_blank" rel="noreferrer">
        <img {...source} key={tries} loading="lazy" alt={t('media.alt', { what: label, by })} />
      </a>
    );
  if (kind === 'audio')
    return (
      <audio
        {...source}
        key={tries}
        className={styles.sound}
        controls
        preload="none"
        aria-label={t('media.alt', { what: label, by })}
      />
    );
  if (kind === 'video')
    return (
      <video
        {...source}
        key={tries}
        className={styles.film}
        controls
        preload="metadata"
        aria-label={t('media.alt', { what: label, by })}
      />
    );
  return <Saved url={url} name={label} size={size} onMissing={miss} />;
}
