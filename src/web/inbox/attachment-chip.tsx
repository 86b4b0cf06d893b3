import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Notice } from '../parts/notice.tsx';
import { fileSize } from '../file-size.ts';
import { useWords } from '../words.ts';
import styles from './attachment-chip.module.css';
import { mostFileBytes, type Attached, type Attachment } from './use-attachment.ts';

interface Props {
  attachment: Attachment;
  /** The channel carries no files: a link to it leaves. */
  isLinked: boolean;
  onChooseOther: () => void;
}

/** What can be done about a file that is not there; sending without it is always one. */
function Ways({ attached, attachment, onChooseOther }: Props & { attached: Attached }) {
  const { t } = useWords();
  const { problem, type } = attached;
  const isAgain = problem === 'offline' || problem === 'signed_out' || problem === 'failed';
  return (
    <span className={styles.ways}>
      {problem === 'too_large' && type.startsWith('image/') && (
        <Button isSmall onClick={attachment.shrink}>
          {t('file.shrink')}
        </Button>
      )}
      {isAgain ? (
        <Button isSmall onClick={attachment.retry}>
          {t('act.retry')}
        </Button>
      ) : (
        <Button isSmall onClick={onChooseOther}>
          {t('file.other')}
        </Button>
      )}
      <Button isSmall onClick={attachment.remove}>
        {t('file.without')}
      </Button>
    </span>
  );
}

function Trouble(props: Props & { attached: Attached }) {
  const { t, language } = useWords();
  const { problem, name, size } = props.attached;
  return (
    <Notice tone="bad" action={<Ways {...props} />}>
      {t(`file.problem.${problem}`, {
        name,
        size: fileSize(size, language),
        most: fileSize(mostFileBytes, language),
      })}
    </Notice>
  );
}

/** The file that will go with the words: what it is, how far it is, and the way to leave it out. */
export function AttachmentChip(props: Props) {
  const { t, language } = useWords();
  const { attachment, isLinked } = props;
  const { attached } = attachment;
  if (!attached) return null;
  if (attached.problem) return <Trouble {...props} attached={attached} />;
  const { name, size, preview, progress, file } = attached;
  return (
    <div className={styles.chip}>
      {preview ? (
        <img className={styles.thumb} src={preview} alt="" />
      ) : (
        <span className={styles.thumb}>
          <Icon name="file" />
        </span>
      )}
      <div className={styles.what}>
        <span className={styles.name}>{name}</span>
        <span className={styles.state} role="status">
          {file
            ? [fileSize(size, language), isLinked && t('file.linked')].filter(Boolean).join(' · ')
            : t('file.bringing', { percent: Math.round(progress * 100) })}
        </span>
        {!file && (
          <progress className={styles.progress} value={progress} aria-label={t('file.progress', { name })} />
        )}
      </div>
      <Button look="quiet" icon="close" aria-label={t('file.remove', { name })} onClick={attachment.remove} />
    </div>
  );
}
