import { Link } from 'wouter';
import { Empty } from './parts/skeleton.tsx';
import { useWords } from './words.ts';

export function NotFound() {
  const { t } = useWords();
  return (
    <main data-page="none">
      <h1 className="spoken">{t('product')}</h1>
      <Empty title={t('page.notFound')}>
        <p>
          <Link href="/inbox/todo" style={{ textDecoration: 'underline' }}>
            {t('page.toInbox')}
          </Link>
        </p>
      </Empty>
    </main>
  );
}
