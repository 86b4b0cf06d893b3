import { SelectField } from '../parts/field.tsx';
import { toast } from '../parts/toasts.tsx';
import { useWords } from '../words.ts';
import styles from './phone-faults.module.css';
import { useSandboxAct } from './queries.ts';
import type { Phone } from './shapes.ts';

/** What may go wrong with what this phone sends; and, once, with the next message it is sent. */
const inbound = ['duplicate-inbound', 'swap-inbound', 'late-inbound', 'stop-handled-by-carrier'] as const;
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
  faults: readonly string[];
  onFaults: (faults: readonly string[]) => void;
}

export function PhoneFaults({ phone, faults, onFaults }: Props) {
  const { t } = useWords();
  const arm = useSandboxAct<string>(
    () => '/api/sandbox/faults',
    (fault) => ({ script: [{ address: wireAddress(phone), faults: [fault] }] }),
  );
  const toggle = (fault: string, isOn: boolean): void =>
    onFaults(isOn ? [...faults, fault] : faults.filter((other) => other !== fault));
  return (
    <details className={styles.faults}>
      <summary>
        {t('sandbox.faults.title')}
        {faults.length > 0 && <span className={styles.count}>{faults.length}</span>}
      </summary>
      <fieldset>
        <legend>{t('sandbox.faults.inbound')}</legend>
        {inbound.map((fault) => (
          <label key={fault}>
            <input
              type="checkbox"
              checked={faults.includes(fault)}
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
