import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import styles from './combobox.module.css';

interface Option {
  readonly id: string;
}

interface Props<T extends Option> {
  /** What is asked for. */
  label: string;
  /** What the list is of. */
  name: string;
  typed: string;
  onType: (typed: string) => void;
  options: readonly T[];
  draw: (option: T) => ReactNode;
  onChoose: (option: T) => void;
  /** Stands in the list, but is not to be had now. */
  isUnavailable?: (option: T) => boolean;
  /** Said between field and list: what to type, that nothing was found. */
  children?: ReactNode;
}

/** A field and what it finds: the arrows go through the list, Enter takes one, and the fingers stay where they type. */
export function Combobox<T extends Option>({
  label,
  name,
  typed,
  onType,
  options,
  draw,
  onChoose,
  isUnavailable = () => false,
  children,
}: Props<T>) {
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  const [at, setAt] = useState(0);
  const last = options.length - 1;
  const place = Math.min(at, last);
  const chosen = options[place];
  const idOf = (option: T): string => `${id}-${option.id}`;
  const choose = (option: T | undefined): void => {
    if (option && !isUnavailable(option)) onChoose(option);
  };
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [place]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setAt(Math.max(0, Math.min(last, place + step)));
    } else if (event.key === 'Enter' && !event.nativeEvent.isComposing) choose(chosen);
  };
  return (
    <>
      <input
        className={styles.field}
        autoFocus
        type="search"
        role="combobox"
        aria-expanded={options.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={chosen && idOf(chosen)}
        aria-label={label}
        placeholder={label}
        value={typed}
        onChange={(event) => {
          onType(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      {children}
      <ul ref={list} id={`${id}-list`} role="listbox" aria-label={name}>
        {options.map((option) => (
          <li
            key={option.id}
            id={idOf(option)}
            role="option"
            aria-selected={option === chosen}
            aria-disabled={isUnavailable(option)}
            className={styles.option}
            onClick={() => choose(option)}
          >
            {draw(option)}
          </li>
        ))}
      </ul>
    </>
  );
}
