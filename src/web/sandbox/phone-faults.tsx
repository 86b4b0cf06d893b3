import { useState } from 'react';
import { SelectField } from '../parts/field.tsx';
import { toast } from '../parts/toasts.tsx';
import { useWords } from '../words.ts';
import styles from './phone-faults.module.css';
import { useSandboxAct } from './queries.ts';
import type { InboundFaults, Phone } from './shapes.ts';

/** What may go wrong with what this phone sends; and, once, with the next message it is sent. */
const lateMs = 10_000;
const inbound = {
  duplicate: { duplicate: true },
  swap: { swap: true },
  late: { delayMs: lateMs },
  lose: { lose: true },
} as const satisfies Record<string, InboundFaults>;
type InboundName = keyof typeof inbound;
const outbound = [
  'no-status',
  'duplicate-status',
  'late-status',
  'status-before-answer',
  '429',
  'hang-after-accept',
  '4xx:21610',
  'failed:30003',
  'failed:63016',
] as const;

const wireAddress = ({ channel, address }: Phone): string =>
  channel === 'whatsapp' ? `whatsapp:${address}` : address;

interface Props {
  phone: Phone;
  onFaults: (faults: InboundFaults) => void;
}

export function PhoneFaults({ phone, onFaults }: Props) {
  const { t } = useWords();
  const arm = useSandboxAct<string>(
    () => '/api/sandbox/faults',
    (fault) => ({ script: [{ address: wireAddress(phone), faults: [fault] }] }),
  );
  const [names, setNames] = useState<readonly InboundName[]>([]);
  const toggle = (name: InboundName, isOn: boolean): void => {
    const next = isOn ? [...names, name] : names.filter((other) => other !== name);
    setNames(next);
    onFaults(Object.assign({}, ...next.map((one) => inbound[one])) as InboundFaults);
  };
  return (
    <details className={styles.faults}>
      <summary>
        {t('sandbox.faults.title')}
        {names.length > 0 && <span className={styles.count}>{names.length}</span>}
      </summary>
      <fieldset>
        <legend>{t('sandbox.faults.inbound')}</legend>
        {(Object.keys(inbound) as InboundName[]).map((fault) => (
          <label key={fault}>
            <input
              type="checkbox"
              checked={names.includes(fault)}
              onChange={(event) => toggle(fault, event.target.checked)}
            />
            {t(`sandbox.faults.${fault}`)}
          </label>
        ))}
      </fieldset>
      <SelectField
        label={t('sandbox.faults.next')}
        value=""
        onChange={(event) => {
          const fault = event.target.value;
          if (fault)
            arm.mutate(fault, {
              onSuccess: () => toast(t('sandbox.faults.armed', { fault: t(`sandbox.faults.${fault}`) })),
            });
        }}
      >
        <option value="">{t('sandbox.faults.none')}</option>
        {outbound.map((fault) => (
          <option key={fault} value={fault}>
            {t(`sandbox.faults.${fault}`)}
          </option>
        ))}
      </SelectField>
    </details>
  );
}
