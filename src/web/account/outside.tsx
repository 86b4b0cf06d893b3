import { useEffect, type ReactNode } from 'react';
import { Link } from 'wouter';
import mark from '../icon.svg';
import styles from '../sign-in.module.css';
import { useWords } from '../words.ts';

/** The frame of every page before the sign-in. */
export function Outside({ title, lead, children }: { title: string; lead: ReactNode; children?: ReactNode }) {
  const { t } = useWords();
  useEffect(() => {
    document.title = `${title} · ${t('product')}`;
  }, [title, t]);
  return (
    <main className={styles.page}>
      <div className={styles.box}>
        <img className={styles.mark} src={mark} alt="" />
        <h1>{title}</h1>
        <p className={styles.lead}>{lead}</p>
        {children}
      </div>
    </main>
  );
}

export function ToSignIn() {
  const { t } = useWords();
  return (
    <p className={styles.way}>
      <Link href="/" className={styles.link}>
        {t('account.toSignIn')}
      </Link>
    </p>
  );
}
