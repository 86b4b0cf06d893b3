import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { api, isApiError } from '../api/client.ts';
import type { Me } from '../api/shapes.ts';
import { problemText } from '../inbox/problem.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { SelectField, TextField } from '../parts/field.tsx';
import { Notice } from '../parts/notice.tsx';
import { Failed, Skeleton } from '../parts/skeleton.tsx';
import { toast } from '../parts/toasts.tsx';
import { dayMonth, span, weekdayTime } from '../time.ts';
import { useWords, type Words } from '../words.ts';
import { Block, Table } from './block.tsx';
import { PageFrame } from './page-frame.tsx';
import { pagesRoot, useTeam } from './queries.ts';
import type { Member, Team } from './shapes.ts';
import styles from './team-page.module.css';

const roles = ['coach', 'manager'] as const;
type Role = (typeof roles)[number];

/** Sends one change to the team and reads it again; what was refused is said where it was asked. */
function useChange<Asked, Answer = unknown>(
  send: (asked: Asked) => Promise<Answer>,
  onDone: (answer: Answer, asked: Asked) => void,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: send,
    onSuccess: onDone,
    onSettled: () => client.invalidateQueries({ queryKey: pagesRoot }),
  });
}

const refusal = (error: unknown, words: Words): string =>
  isApiError(error, 409)
    ? words.known(`team.refused.${error.code ?? ''}`, problemText(error, words))
    : isApiError(error, 400)
      ? words.t('team.refused.malformed')
      : problemText(error, words);

const sayMail = ({ t }: Words, isSent: boolean, email: string): void =>
  toast(t(isSent ? 'team.sent' : 'team.notSent', { email }));

function InviteDialog({ onClose }: { onClose: () => void }) {
  const words = useWords();
  const { t, language } = words;
  const invite = useChange(
    (asked: { email: string; name: string; role: string; locale: string }) =>
      api<{ isSent: boolean }>('POST', '/api/team', asked),
    ({ isSent }, { email }) => {
      sayMail(words, isSent, email);
      onClose();
    },
  );
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const of = (name: string): string => String(form.get(name)).trim();
    invite.mutate({ email: of('email'), name: of('name'), role: of('role'), locale: of('locale') });
  };
  return (
    <Dialog title={t('team.invite')} onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <TextField label={t('signIn.email')} name="email" type="email" autoComplete="off" required />
        <TextField
          label={t('team.name')}
          hint={t('team.nameHint')}
          name="name"
          autoComplete="off"
          maxLength={60}
        />
        <SelectField label={t('team.role')} hint={t('team.roleHint')} name="role" defaultValue="coach">
          {roles.map((role) => (
            <option key={role} value={role}>
              {t(`team.roles.${role}`)}
            </option>
          ))}
        </SelectField>
        <SelectField label={t('team.locale')} name="locale" defaultValue={language}>
          {(['fr', 'en'] as const).map((locale) => (
            <option key={locale} value={locale}>
              {t(`me.languages.${locale}`)}
            </option>
          ))}
        </SelectField>
        {invite.error && <Notice tone="bad">{refusal(invite.error, words)}</Notice>}
        <div className={styles.formFoot}>
          <Button onClick={onClose}>{t('act.cancel')}</Button>
          <Button type="submit" look="primary" disabled={invite.isPending}>
            {t(invite.isPending ? 'team.sending' : 'team.send')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

type Asking = 'role' | 'leave' | 'revoke' | 'code';

const otherRole = (role: Role): Role => (role === 'coach' ? 'manager' : 'coach');

function send(member: Member, asking: Asking): Promise<unknown> {
  const path = `/api/team/${encodeURIComponent(member.id)}`;
  if (asking === 'role') return api('PUT', path, { role: otherRole(member.role) });
  if (asking === 'code') return api('POST', `${path}/forget-code`);
  return asking === 'leave' ? api('POST', `${path}/leave`) : api('DELETE', `${path}/invitation`);
}

/** What will come of it, before it is done. */
function Sure({ member, asking, onClose }: { member: Member; asking: Asking; onClose: () => void }) {
  const words = useWords();
  const { t } = words;
  const change = useChange(
    () => send(member, asking),
    () => {
      toast(t(`team.did.${asking}`, { name: member.name }));
      onClose();
    },
  );
  const verb = asking === 'role' ? `team.make.${otherRole(member.role)}` : `team.${asking}`;
  return (
    <Dialog
      title={t(`team.sure.${asking}`, { name: member.name })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('act.cancel')}</Button>
          <Button look="primary" disabled={change.isPending} onClick={() => change.mutate(undefined)}>
            {t(verb)}
          </Button>
        </>
      }
    >
      {asking === 'role' ? (
        <p>{t(`team.makeText.${otherRole(member.role)}`, { name: member.name })}</p>
      ) : (
        <p>{t(`team.sureText.${asking}`, { name: member.name, email: member.email })}</p>
      )}
      {asking === 'leave' && member.held > 0 && <p>{t('team.released', { count: member.held })}</p>}
      {change.error && <Notice tone="bad">{refusal(change.error, words)}</Notice>}
    </Dialog>
  );
}

function Acts({ member, isMe, onAsk }: { member: Member; isMe: boolean; onAsk: (asking: Asking) => void }) {
  const words = useWords();
  const { t } = words;
  const path = `/api/team/${encodeURIComponent(member.id)}`;
  const again = useChange(
    () => api<{ isSent: boolean }>('POST', `${path}/invitation`),
    ({ isSent }) => sayMail(words, isSent, member.email),
  );
  const back = useChange(
    () => api('POST', `${path}/return`),
    () => toast(t('team.did.return', { name: member.name })),
  );
  if (member.state === 'invited')
    return (
      <>
        <Button isSmall disabled={again.isPending} onClick={() => again.mutate(undefined)}>
          {t('team.again')}
        </Button>
        <Button isSmall onClick={() => onAsk('revoke')}>
          {t('team.revoke')}
        </Button>
      </>
    );
  if (member.state === 'left')
    return (
      <Button isSmall disabled={back.isPending} onClick={() => back.mutate(undefined)}>
        {t('team.return')}
      </Button>
    );
  return (
    <>
      <Button isSmall onClick={() => onAsk('role')}>
        {t(`team.make.${otherRole(member.role)}`)}
      </Button>
      {!isMe && member.hasSecondFactor && (
        <Button isSmall onClick={() => onAsk('code')}>
          {t('team.code')}
        </Button>
      )}
      {!isMe && (
        <Button isSmall onClick={() => onAsk('leave')}>
          {t('team.leave')}
        </Button>
      )}
    </>
  );
}

/** How somebody is there, in one sentence. */
function stateText(member: Member, { t, language }: Words): string {
  if (member.state === 'left')
    return t('team.leftOn', { at: dayMonth(member.leftAt ?? member.since, language) });
  if (member.state === 'invited')
    return member.invitedUntil
      ? t('team.invitedUntil', { at: weekdayTime(member.invitedUntil, language) })
      : t('team.invitationOver');
  const { seenAgoMs } = member;
  if (seenAgoMs === null) return t('team.signedOut');
  return seenAgoMs < 120_000 ? t('team.here') : t('team.seen', { span: span(seenAgoMs, language) });
}

function MemberRow({ member, isMe }: { member: Member; isMe: boolean }) {
  const words = useWords();
  const { t } = words;
  const [asking, ask] = useState<Asking | null>(null);
  return (
    <li className={styles.row} data-member={member.email} data-state={member.state}>
      <span className={styles.initial} aria-hidden="true">
        {member.name.slice(0, 1).toUpperCase()}
      </span>
      <div className={styles.who}>
        <strong>
          {member.name}
          {isMe && <span className={styles.dim}> · {t('team.you')}</span>}
        </strong>
        <span className={styles.dim}>{member.email}</span>
      </div>
      <span className={styles.role}>{t(`me.roles.${member.role}`)}</span>
      <div className={styles.state}>
        <span>{stateText(member, words)}</span>
        <span className={styles.dim}>
          {[
            member.state === 'active' && t('team.held', { count: member.held }),
            member.hasSecondFactor && t('team.hasCode'),
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </div>
      <div className={styles.acts} role="group" aria-label={member.name}>
        <Acts member={member} isMe={isMe} onAsk={ask} />
      </div>
      {asking && <Sure member={member} asking={asking} onClose={() => ask(null)} />}
    </li>
  );
}

function Trail({ trail }: Pick<Team, 'trail'>) {
  const { t, known, language } = useWords();
  return (
    <Block title={t('team.trail')} hint={t('team.trailHint')}>
      <Table
        name={t('team.trail')}
        rows={trail.map((line, n) => ({ ...line, key: `${line.at}-${String(n)}` }))}
        keyOf={({ key }) => key}
        empty={t('team.noTrail')}
        columns={[
          { key: 'at', title: t('table.at'), cell: ({ at }) => weekdayTime(at, language) },
          { key: 'who', title: t('team.who'), cell: ({ who }) => who },
          {
            key: 'did',
            title: t('team.what'),
            cell: ({ did, member, detail }) =>
              [
                known(`team.acts.${did}`, did),
                member,
                typeof detail.role === 'string' && known(`me.roles.${detail.role}`, detail.role),
              ]
                .filter(Boolean)
                .join(' · '),
          },
        ]}
      />
    </Block>
  );
}

/** Who belongs to the team, who is invited, who has left, and what was done about it (inbox.md §11). */
export function TeamPage({ me }: { me: Me }) {
  const { t } = useWords();
  const { data: team, error, refetch } = useTeam();
  const [isInviting, invite] = useState(false);
  const count = team?.members.filter(({ state }) => state === 'active').length ?? 0;
  return (
    <PageFrame
      me={me}
      page="team"
      title={t('pages.team')}
      lead={team && t('team.lead', { count })}
      actions={
        <Button look="primary" onClick={() => invite(true)}>
          {t('team.invite')}
        </Button>
      }
    >
      {team ? (
        <>
          <ul className={styles.list}>
            {team.members.map((member) => (
              <MemberRow key={member.id} member={member} isMe={member.id === me.coach.id} />
            ))}
          </ul>
          <Trail trail={team.trail} />
        </>
      ) : error ? (
        <Failed what={t('problem.page')} error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton />
      )}
      {isInviting && <InviteDialog onClose={() => invite(false)} />}
    </PageFrame>
  );
}
