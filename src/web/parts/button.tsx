import type { ButtonHTMLAttributes, ReactNode } from 'react';
import styles from './button.module.css';
import { Icon, type IconName } from './icon.tsx';

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: 'plain' | 'primary' | 'quiet';
  isSmall?: boolean;
  icon?: IconName;
  /** The key that does the same. */
  hotkey?: string;
  children?: ReactNode;
}

export function Button({
  look = 'plain',
  isSmall = false,
  icon,
  hotkey,
  children,
  className,
  ...rest
}: Props) {
  const looks = [
    styles.button,
    look !== 'plain' && styles[look],
    isSmall && styles.small,
    !children && styles.iconOnly,
    className,
  ];
  return (
    <button
      type="button"
      {...rest}
      className={looks.filter(Boolean).join(' ')}
      aria-keyshortcuts={hotkey === '↵' ? 'Enter' : hotkey}
    >
      {icon && <Icon name={icon} />}
      {children}
      {hotkey && <Key>{hotkey}</Key>}
    </button>
  );
}

export function Key({ children }: { children: ReactNode }) {
  return (
    <kbd className={styles.key} aria-hidden="true">
      {children}
    </kbd>
  );
}
