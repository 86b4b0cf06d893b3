import { useMutation } from '@tanstack/react-query';
import { api } from '../api/client.ts';
import { problemText } from '../inbox/problem.ts';
import { Button } from '../parts/button.tsx';
import { TextField } from '../parts/field.tsx';
import { Notice } from '../parts/notice.tsx';
import { Failed, Skeleton } from '../parts/skeleton.tsx';
import styles from '../sign-in.module.css';
import { weekdayTime } from '../time.ts';
import { useWords } from '../words.ts';
import { isVoid, useLink, useLinkSecret } from './link-secret.ts';
import { Outside, ToSignIn } from './outside.tsx';
import { isAboutPassword, NewPasswordField, WhoseField } from './password-field.tsx';

interface Invitation {
  readonly email: string;
  readonly name: string;
  readonly role: 'coach' | 'manager';
  readonly locale: string;
  readonly expiresAt: string;
}

function JoinForm({ secret, invitation }: { secret: string; invitation: Invitation }) {
  const words = useWords();
  const { t, language } = words;
  const join = useMutation({
    mutationFn: (chosen: { name: string; password: string }) =>
      api('POST', '/api/invitation/accept', { secret, ...chosen }),
    // Anew, and not by the router: what another session of this browser had read is not theirs.
    onSuccess: () => location.replace('/inbox/todo'),
  });
  const { email, role, expiresAt } = invitation;
  return (
    <Outside
      title={t('account.join.title')}
      lead={t(`account.join.lead.${role}`, { email, at: weekdayTime(expiresAt, language) })}
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          join.mutate({ name: String(form.get('name')).trim(), password: String(form.get('password')) });
        }}
      >
        <WhoseField email={email} />
        <TextField
          label={t('account.join.name')}
          hint={t('account.join.nameHint')}
          name="name"
          autoComplete="given-name"
          defaultValue={invitation.name}
          maxLength={60}
          required
          autoFocus
        />
        <NewPasswordField error={join.error} label={t('signIn.password')} />
        {join.error && !isAboutPassword(join.error) && (
          <Notice tone="bad">
            {isVoid(join.error) ? t('account.void.invite') : problemText(join.error, words)}
          </Notice>
        )}
        <Button type="submit" look="primary" disabled={join.isPending}>
          {t(join.isPending ? 'signIn.entering' : 'account.join.enter')}
        </Button>
      </form>
    </Outside>
  );
}

/** An invitation: its reader chooses a name and a password, and is in. */
export function JoinPage() {
  const { t } = useWords();
  const secret = useLinkSecret();
  const { data, error, refetch } = useLink<Invitation>('/api/invitation/look', secret);
  if (data) return <JoinForm secret={secret} invitation={data} />;
  if (!error) return <Skeleton />;
  if (!isVoid(error)) return <Failed what={t('problem.page')} error={error} onRetry={() => void refetch()} />;
  return (
    <Outside title={t('account.void.title')} lead={t('account.void.invite')}>
      <ToSignIn />
    </Outside>
  );
}
