import { useState } from 'react';
import { Link } from 'wouter';
import { ChannelBadge } from '../inbox/channel-badge.tsx';
import { Button } from '../parts/button.tsx';
import { Notice } from '../parts/notice.tsx';
import { Empty, Failed, Skeleton } from '../parts/skeleton.tsx';
import { toast } from '../parts/toasts.tsx';
import { isApiError } from '../api/client.ts';
import { weekdayTime } from '../time.ts';
import { useWords, type Words } from '../words.ts';
import { Block, Table } from './block.tsx';
import { OfferDialog, offerRefusal } from './offer-dialog.tsx';
import { freshness, kindOfKey, offerName, partName } from './offer-names.ts';
import styles from './offers-page.module.css';
import { isRecord, readable } from './offer-value.ts';
import { useOffer, useStateOffer } from './queries.ts';
import type { Consequence, Offer, OfferPageData } from './shapes.ts';

function Facts({ offer }: { offer: Offer }) {
  const words = useWords();
  const { t, language } = words;
  const parts = isRecord(offer.value)
    ? Object.entries(offer.value).map(([name, value]) => [partName(name, words), value] as const)
    : [[t('offers.value'), offer.value] as const];
  const asOf = t('offers.statedBy', {
    at: weekdayTime(offer.asOf, language),
    who: offer.who ? words.known(`offers.source.${offer.who}`, offer.who) : t('offers.source.nobody'),
  });
  return (
    <dl className={styles.facts}>
      {parts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{readable(value, offer.kind, words)}</dd>
        </div>
      ))}
      {offer.endsAt && (
        <div>
          <dt>{t('offers.ends')}</dt>
          <dd>{weekdayTime(offer.endsAt, language)}</dd>
        </div>
      )}
      <div>
        <dt>{t('offers.proof')}</dt>
        <dd>{asOf}</dd>
      </div>
    </dl>
  );
}

/** What a message becomes, in a few words. */
function outcome({ text, without, skipped, subject }: Consequence, { t, known }: Words): string {
  if (without === null)
    return t('offers.then.skipped', { reason: known(`reason.${skipped ?? ''}`, skipped ?? '') });
  if (text === without.text && subject === without.subject) return t('offers.then.same');
  return t('offers.then.honest');
}

const linesOf = (text: string | null): readonly string[] =>
  (text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** What goes and what comes, line by line; what stays is left out. */
function Difference({ text, without, subject }: Consequence) {
  const { t } = useWords();
  const before = [...(subject ? [subject] : []), ...linesOf(text)];
  const after = without ? [...(without.subject ? [without.subject] : []), ...linesOf(without.text)] : [];
  const gone = before.filter((line) => !after.includes(line));
  const come = after.filter((line) => !before.includes(line));
  return (
    <div className={styles.difference}>
      {gone.map((line) => (
        <p key={`-${line}`}>
          <span className="spoken">{t('offers.then.gone')} </span>
          <del>{line}</del>
        </p>
      ))}
      {come.map((line) => (
        <p key={`+${line}`}>
          <span className="spoken">{t('offers.then.come')} </span>
          <ins>{line}</ins>
        </p>
      ))}
    </div>
  );
}

function Leaning({ consequence }: { consequence: Consequence }) {
  const words = useWords();
  const { t, known } = words;
  const { flow, step, channel, text, without, subject } = consequence;
  const differs = without !== null && (text !== without.text || subject !== without.subject);
  return (
    <li className={styles.leaning} data-step={`${flow}.${step}`}>
      <div className={styles.leaningHead}>
        <ChannelBadge channel={channel} />
        <Link href={`/sequences/${flow}/${step}`} className={styles.link}>
          {known(`flow.${flow}`, flow)} · {step}
        </Link>
      </div>
      <p className={styles.dim}>
        {outcome(consequence, words)}
        {consequence.isCondition && ` ${t('offers.then.condition')}`}
      </p>
      {differs && (
        <details>
          <summary>{t('offers.then.show')}</summary>
          <Difference {...consequence} />
        </details>
      )}
    </li>
  );
}

function History({ history, kind }: Pick<OfferPageData, 'history'> & { kind: string }) {
  const words = useWords();
  const { t, language } = words;
  const told = (state: OfferPageData['history'][number]['before']): string =>
    state ? readable(state.value, kind, words) : '–';
  return (
    <Block title={t('offers.history')} hint={t('offers.historyHint')}>
      <Table
        name={t('offers.history')}
        rows={history}
        keyOf={({ at, who }) => `${at}${who}`}
        empty={t('offers.noHistory')}
        columns={[
          { key: 'at', title: t('table.at'), cell: ({ at }) => weekdayTime(at, language) },
          { key: 'who', title: t('team.who'), cell: ({ who }) => who },
          { key: 'before', title: t('offers.before'), cell: ({ before }) => told(before) },
          { key: 'after', title: t('offers.after'), cell: ({ after }) => told(after) },
        ]}
      />
    </Block>
  );
}

/** The same fact again, fresher: one tap for whoever has just looked. */
function StillTrue({ offer }: { offer: Offer }) {
  const words = useWords();
  const { t } = words;
  const state = useStateOffer();
  return (
    <Button
      disabled={state.isPending}
      onClick={() =>
        state.mutate(
          { key: offer.key, kind: offer.kind, value: offer.value, endsAt: offer.endsAt },
          {
            onSuccess: () => toast(t('offers.confirmed')),
            onError: (error) => toast(offerRefusal(error, words)),
          },
        )
      }
    >
      {t('offers.stillTrue')}
    </Button>
  );
}

function Detail({ page, offerKey, mayState }: { page: OfferPageData; offerKey: string; mayState: boolean }) {
  const words = useWords();
  const { t, language } = words;
  const [isEditing, edit] = useState(false);
  const { offer, consequences, history } = page;
  const kind = offer?.kind ?? kindOfKey(offerKey);
  const isQuoted = Boolean(offer?.quotedAt && offer.endsAt && offer.isLive);
  return (
    <article className={styles.detail} aria-label={offerName(offerKey, offer?.value, words)}>
      <Link href="/offers" className={styles.back}>
        {t('offers.back')}
      </Link>
      <header className={styles.detailHead}>
        <div>
          <h2>{offerName(offerKey, offer?.value, words)}</h2>
          <p className={styles.dim}>
            <code>{offerKey}</code> · {words.known(`offers.kinds.${kind}`, kind)}
            {offer && ` · ${freshness(offer, words)}`}
          </p>
        </div>
        {mayState && (
          <div className={styles.detailActs}>
            {offer && <StillTrue offer={offer} />}
            <Button look="primary" onClick={() => edit(true)}>
              {t(offer ? 'offers.edit' : 'offers.state')}
            </Button>
          </div>
        )}
      </header>
      {!offer && <Notice tone="late">{t('offers.unstatedText')}</Notice>}
      {offer && !offer.isLive && <Notice tone="late">{t('offers.untrueText')}</Notice>}
      {isQuoted && (
        <Notice tone="late">{t('offers.quoted', { at: weekdayTime(offer?.endsAt ?? '', language) })}</Notice>
      )}
      {offer && <Facts offer={offer} />}
      <Block title={t('offers.leaning')} hint={t('offers.leaningHint')}>
        {consequences.length === 0 ? (
          <p className={styles.dim}>{t('offers.noLeaning')}</p>
        ) : (
          <ul className={styles.leanings}>
            {consequences.map((one) => (
              <Leaning key={`${one.flow}.${one.step}`} consequence={one} />
            ))}
          </ul>
        )}
      </Block>
      <History history={history} kind={kind} />
      {isEditing && <OfferDialog offerKey={offerKey} kind={kind} offer={offer} onClose={() => edit(false)} />}
    </article>
  );
}

export function OfferDetail({ offerKey, mayState }: { offerKey: string; mayState: boolean }) {
  const { t } = useWords();
  const { data: page, error, refetch } = useOffer(offerKey);
  if (page) return <Detail page={page} offerKey={offerKey} mayState={mayState} />;
  if (isApiError(error, 404))
    return (
      <Empty title={t('offers.gone')}>
        <p>{t('offers.goneText')}</p>
      </Empty>
    );
  if (error) return <Failed what={t('problem.page')} error={error} onRetry={() => void refetch()} />;
  return <Skeleton />;
}
