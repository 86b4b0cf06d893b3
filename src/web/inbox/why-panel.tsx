import { useWhy } from '../api/queries.ts';
import type { WhyDetail } from '../api/shapes.ts';
import { weekdayTime } from '../time.ts';
import { useWords } from '../words.ts';
import styles from './why-panel.module.css';

type Fact = readonly [name: string, value: string];

const percent = (value: number, language: string): string =>
  new Intl.NumberFormat(language, { style: 'percent' }).format(value);

function useFacts(why: WhyDetail): readonly Fact[] {
  const { t, known, language } = useWords();
  const place = [
    why.flow && `${why.flow}${why.version ? `@${why.version}` : ''}`,
    why.step ?? why.node,
  ].filter(Boolean);
  const heard = why.intent
    ? `${known(`intent.${why.intent}`, why.intent)}${typeof why.confidence === 'number' ? ` ${percent(why.confidence, language)}` : ''}`
    : '';
  const other = why.runnerUp
    ? `${known(`intent.${why.runnerUp.intent}`, why.runnerUp.intent)} ${percent(why.runnerUp.confidence, language)}`
    : '';
  const facts: Fact[] = [
    [t('why.rule'), why.rule ?? ''],
    [t('why.place'), place.join(' · ')],
    [t('why.reason'), why.reason ? known(`reason.${why.reason}`, why.reason) : ''],
    [t('why.intent'), heard],
    [t('why.runnerUp'), other],
    [t('why.arm'), why.arm ?? ''],
    [t('why.nextAt'), why.nextAt ? weekdayTime(why.nextAt, language) : ''],
  ];
  return facts.filter(([, value]) => value !== '');
}

function Decisions({ decisions }: { decisions: NonNullable<WhyDetail['decisions']> }) {
  const { t, known, language } = useWords();
  if (decisions.length === 0) return null;
  return (
    <>
      <h4 className={styles.head}>{t('why.guard')}</h4>
      <ol>
        {decisions.map((decision, index) => (
          <li key={index} className={styles.step}>
            <span className={styles[decision.verdict]}>{t(`why.verdict.${decision.verdict}`)}</span>
            <span>
              {decision.rule !== decision.verdict && decision.rule}
              {decision.reason && ` · ${known(`reason.${decision.reason}`, decision.reason)}`}
              {decision.until && ` → ${weekdayTime(decision.until, language)}`}
            </span>
            <time className={styles.at}>{weekdayTime(decision.at, language)}</time>
          </li>
        ))}
      </ol>
    </>
  );
}

function History({ history }: { history: NonNullable<WhyDetail['history']> }) {
  const { t, known, language } = useWords();
  if (history.length === 0) return null;
  return (
    <>
      <h4 className={styles.head}>{t('why.history')}</h4>
      <ol>
        {history.map(({ at, status, reason, code }, index) => (
          <li key={index} className={styles.step}>
            <span>{t(`status.${status}`)}</span>
            <span>{[reason && known(`reason.${reason}`, reason), code].filter(Boolean).join(' · ')}</span>
            <time className={styles.at}>{weekdayTime(at, language)}</time>
          </li>
        ))}
      </ol>
    </>
  );
}

function Answer({ why }: { why: WhyDetail }) {
  const { t } = useWords();
  const facts = useFacts(why);
  return (
    <>
      {facts.length === 0 && !why.decisions?.length && <p>{t('why.nothing')}</p>}
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Decisions decisions={why.decisions ?? []} />
      <History history={why.history ?? []} />
    </>
  );
}

/** Why this was said, or was not: the records of the engine, under the bubble they explain. */
export function WhyPanel({ itemId, id }: { itemId: string; id: string }) {
  const { t } = useWords();
  const { data, error } = useWhy(itemId);
  return (
    <section id={id} className={styles.panel} aria-label={t('why.title')}>
      {data ? <Answer why={data} /> : <p>{t(error ? 'why.failed' : 'page.loading')}</p>}
    </section>
  );
}
