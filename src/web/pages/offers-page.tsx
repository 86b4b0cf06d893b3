import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { Me } from '../api/shapes.ts';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Empty, Failed, Skeleton } from '../parts/skeleton.tsx';
import { useWords } from '../words.ts';
import { OfferDetail } from './offer-detail.tsx';
import { OfferFileDialog } from './offer-file-dialog.tsx';
import { freshness, inBrief, keyOfClaim, offerName } from './offer-names.ts';
import styles from './offers-page.module.css';
import { PageFrame } from './page-frame.tsx';
import { useOffers } from './queries.ts';
import type { Offer, Offers } from './shapes.ts';

function OfferLine({ offer, isOpen }: { offer: Offer; isOpen: boolean }) {
  const words = useWords();
  const { t } = words;
  return (
    <li>
      <Link
        href={`/offers/${encodeURIComponent(offer.key)}`}
        className={styles.row}
        aria-current={isOpen ? 'true' : undefined}
        data-offer={offer.key}
        data-live={offer.isLive}
      >
        <Icon name={offer.isLive ? 'sent' : 'clock'} />
        <span className={styles.name}>
          <strong>{offerName(offer.key, offer.value, words)}</strong>
          <span className={styles.brief}>{inBrief(offer.kind, offer.value, words)}</span>
        </span>
        <span className={styles.fresh}>
          {freshness(offer, words)}
          <span className={styles.dim}>{t('offers.steps', { count: offer.leaning.length })}</span>
        </span>
      </Link>
    </li>
  );
}

function MissingLine({ claim, steps, isOpen }: { claim: string; steps: number; isOpen: boolean }) {
  const words = useWords();
  const { t } = words;
  const key = keyOfClaim(claim);
  return (
    <li>
      <Link
        href={`/offers/${encodeURIComponent(key)}`}
        className={styles.row}
        aria-current={isOpen ? 'true' : undefined}
        data-offer={key}
        data-live={false}
      >
        <Icon name="failed" />
        <span className={styles.name}>
          <strong>{offerName(key, null, words)}</strong>
          <span className={styles.brief}>{claim}</span>
        </span>
        <span className={styles.fresh}>
          {t('offers.unstated')}
          <span className={styles.dim}>{t('offers.steps', { count: steps })}</span>
        </span>
      </Link>
    </li>
  );
}

/** Kinds in the order in which they change: what moves by the minute first. */
const kinds = ['slots', 'seats', 'count', 'price', 'asset', 'terms', 'date', 'stat', 'testimonial'];

function List({ offers: { offers, missing }, openKey }: { offers: Offers; openKey: string | null }) {
  const { t, known } = useWords();
  const untrue = offers.filter(({ isLive }) => !isLive);
  const live = offers.filter(({ isLive }) => isLive);
  const group = (name: string, lines: readonly ReactNode[]) =>
    lines.length > 0 && (
      <section key={name} className={styles.group} aria-label={name}>
        <h2>{name}</h2>
        <ul>{lines}</ul>
      </section>
    );
  const lineOf = (offer: Offer) => <OfferLine key={offer.key} offer={offer} isOpen={offer.key === openKey} />;
  return (
    <>
      {group(
        t('offers.missing'),
        missing.map(({ claim, leaning }) => (
          <MissingLine
            key={claim}
            claim={claim}
            steps={leaning.length}
            isOpen={keyOfClaim(claim) === openKey}
          />
        )),
      )}
      {group(t('offers.untrue'), untrue.map(lineOf))}
      {kinds.map((kind) =>
        group(known(`offers.kinds.${kind}`, kind), live.filter((offer) => offer.kind === kind).map(lineOf)),
      )}
    </>
  );
}

/** Every live value that a text leans on: its age, its end, who stated it, and what is said without it (inbox.md §13). */
export function OffersPage({ me, openKey }: { me: Me; openKey: string | null }) {
  const { t } = useWords();
  const { data: offers, error, refetch } = useOffers();
  const [isUploading, upload] = useState(false);
  const isManager = me.coach.role === 'manager';
  const untrue = offers?.offers.filter(({ isLive }) => !isLive).length ?? 0;
  return (
    <PageFrame
      me={me}
      page="offers"
      title={t('pages.offers')}
      lead={
        offers &&
        [
          t('offers.count', { count: offers.offers.length }),
          untrue > 0 && t('offers.untrueCount', { count: untrue }),
          offers.missing.length > 0 && t('offers.missingCount', { count: offers.missing.length }),
        ]
          .filter(Boolean)
          .join(' · ')
      }
      actions={isManager && <Button onClick={() => upload(true)}>{t('offers.file.open')}</Button>}
    >
      {offers ? (
        <div className={styles.columns} data-open={openKey !== null}>
          <nav className={styles.list} aria-label={t('pages.offers')}>
            {offers.offers.length + offers.missing.length === 0 ? (
              <Empty title={t('offers.none')}>
                <p>{t('offers.noneText')}</p>
              </Empty>
            ) : (
              <List offers={offers} openKey={openKey} />
            )}
          </nav>
          {openKey !== null ? (
            <OfferDetail key={openKey} offerKey={openKey} mayState={isManager} />
          ) : (
            <p className={styles.pick}>{t('offers.pick')}</p>
          )}
        </div>
      ) : error ? (
        <Failed what={t('problem.page')} error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton />
      )}
      {isUploading && <OfferFileDialog onClose={() => upload(false)} />}
    </PageFrame>
  );
}
