import { Button } from '../parts/button.tsx';
import type { IconName } from '../parts/icon.tsx';
import { useWords } from '../words.ts';
import styles from './composer.module.css';

function Tool({
  icon,
  label,
  isOff,
  onUse,
}: {
  icon: IconName;
  label: string;
  isOff: boolean;
  onUse: () => void;
}) {
  return (
    <Button
      className={styles.tool}
      isSmall
      look="quiet"
      icon={icon}
      aria-label={label}
      title={label}
      disabled={isOff}
      onClick={onUse}
    />
  );
}

interface Props {
  mayAttach: boolean;
  maySendLater: boolean;
  onAttach: () => void;
  onLater: () => void;
}

/** In the field's own corner: what may go with the words, and when they go. */
export function ComposerTools({ mayAttach, maySendLater, onAttach, onLater }: Props) {
  const { t } = useWords();
  return (
    <span className={styles.tools}>
      <Tool icon="clip" label={t('file.attach')} isOff={!mayAttach} onUse={onAttach} />
      <Tool icon="clock" label={t('composer.later')} isOff={!maySendLater} onUse={onLater} />
    </span>
  );
}
