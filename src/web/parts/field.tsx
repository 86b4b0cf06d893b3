import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes } from 'react';
import styles from './field.module.css';

interface Named {
  label: string;
  hint?: string;
  /** What is wrong with what was entered, in words. */
  problem?: string;
}

function Frame({ id, label, hint, problem, children }: Named & { id: string; children: ReactNode }) {
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
      {problem && (
        <p className={styles.problem} id={`${id}-problem`} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

/** Hint and problem are read with the field they are about. */
const described = (id: string, { hint, problem }: Partial<Named>): string | undefined =>
  [problem && `${id}-problem`, hint && `${id}-hint`].filter(Boolean).join(' ') || undefined;

export function TextField({ label, hint, problem, ...rest }: Named & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} problem={problem}>
      <input
        id={id}
        className={styles.input}
        aria-describedby={described(id, { hint, problem })}
        aria-invalid={problem ? true : undefined}
        {...rest}
      />
    </Frame>
  );
}

export function SelectField({
  label,
  hint,
  problem,
  children,
  ...rest
}: Named & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} problem={problem}>
      <select id={id} className={styles.input} aria-describedby={described(id, { hint, problem })} {...rest}>
        {children}
      </select>
    </Frame>
  );
}
