import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes } from 'react';
import styles from './field.module.css';

interface Named {
  label: string;
  hint?: string;
}

function Frame({ id, label, hint, children }: Named & { id: string; children: ReactNode }) {
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      {children}
      {hint && (
        <p className={styles.hint} id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

export function TextField({ label, hint, ...rest }: Named & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint}>
      <input id={id} className={styles.input} aria-describedby={hint && `${id}-hint`} {...rest} />
    </Frame>
  );
}

export function SelectField({
  label,
  hint,
  children,
  ...rest
}: Named & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint}>
      <select id={id} className={styles.input} aria-describedby={hint && `${id}-hint`} {...rest}>
        {children}
      </select>
    </Frame>
  );
}
