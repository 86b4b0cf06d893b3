import { Component, type ReactNode } from 'react';
import { Empty } from './parts/skeleton.tsx';
import { Button } from './parts/button.tsx';
import { useWords } from './words.ts';

function Broken({ onRetry }: { onRetry: () => void }) {
  const { t } = useWords();
  return (
    <Empty title={t('problem.panel')}>
      <p>{t('problem.panelKept')}</p>
      <Button onClick={onRetry}>{t('act.retry')}</Button>
    </Empty>
  );
}

/** A panel that breaks says so in its own place and never takes the page down. */
export class Crash extends Component<{ children: ReactNode }, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError(): { isBroken: boolean } {
    return { isBroken: true };
  }

  override render(): ReactNode {
    return this.state.isBroken ? (
      <Broken onRetry={() => this.setState({ isBroken: false })} />
    ) : (
      this.props.children
    );
  }
}
