import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from './api/client.ts';
import { keys } from './api/queries.ts';
import type { CoachStatus, Me } from './api/shapes.ts';
import { areKeysOn, switchKeys } from './hotkeys.ts';
import { Button } from './parts/button.tsx';
import { Dialog } from './parts/dialog.tsx';
import { SelectField } from './parts/field.tsx';
import { ChangePassword } from './account/change-password.tsx';
import { Sessions } from './account/sessions.tsx';
import styles from './preferences.module.css';
import { PushField } from './push-field.tsx';
import { SecondFactor } from './second-factor.tsx';
import { chooseTheme, themes, useTheme, type Theme } from './theme.ts';
import { chooseLanguage, languages, useWords, type Language } from './words.ts';

const statuses: readonly CoachStatus[] = ['available', 'away', 'off'];

function StatusField({ me }: { me: Me }) {
  const { t } = useWords();
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (status: CoachStatus) => api('PUT', '/api/me', { status }),
    onSettled: () =>
      Promise.all([keys.me, keys.duty].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
  return (
    <SelectField
      label={t('me.status')}
      value={change.isPending ? change.variables : me.coach.status}
      onChange={(event) => change.mutate(event.target.value as CoachStatus)}
    >
      {statuses.map((status) => (
        <option key={status} value={status}>
          {t(`me.statuses.${status}`)}
        </option>
      ))}
    </SelectField>
  );
}

function KeysField() {
  const { t } = useWords();
  const [isOn, setIsOn] = useState(areKeysOn);
  return (
    <label className={styles.check}>
      <input
        type="checkbox"
        checked={isOn}
        onChange={(event) => {
          switchKeys(event.target.checked);
          setIsOn(event.target.checked);
        }}
      />
      {t('me.keys')}
    </label>
  );
}

/** Status, looks, keys, notifications, and one's own account: password, code, sessions. */
export function PreferencesDialog({ me, onClose }: { me: Me; onClose: () => void }) {
  const { t, language } = useWords();
  const theme = useTheme();
  const client = useQueryClient();
  const leave = useMutation({
    mutationFn: () => api('DELETE', '/api/session'),
    onSuccess: () => {
      client.clear();
      location.assign('/');
    },
  });
  return (
    <Dialog
      title={me.coach.name}
      onClose={onClose}
      actions={
        <Button disabled={leave.isPending} onClick={() => leave.mutate()}>
          {t('me.leave')}
        </Button>
      }
    >
      <p className={styles.email}>
        {me.coach.email} · {t(`me.roles.${me.coach.role}`)}
      </p>
      <StatusField me={me} />
      <SelectField
        label={t('me.theme')}
        value={theme}
        onChange={(event) => chooseTheme(event.target.value as Theme)}
      >
        {themes.map((name) => (
          <option key={name} value={name}>
            {t(`me.themes.${name}`)}
          </option>
        ))}
      </SelectField>
      <SelectField
        label={t('me.language')}
        value={language}
        onChange={(event) => chooseLanguage(event.target.value as Language)}
      >
        {languages.map((name) => (
          <option key={name} value={name}>
            {t(`me.languages.${name}`)}
          </option>
        ))}
      </SelectField>
      <KeysField />
      <PushField />
      <ChangePassword email={me.coach.email} />
      <SecondFactor me={me} />
      <Sessions />
    </Dialog>
  );
}
