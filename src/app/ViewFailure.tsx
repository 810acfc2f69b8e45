// Keeps a view that throws from taking the studio with it: the run goes on, the other views stay.
import { Component, type ReactNode } from 'react';

export class ViewFailure extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    const error: Error | null = this.state.error;
    if (!error) return this.props.children;
    return (
      <section className="shell-broken" aria-label="This view failed">
        <h2 className="title">This view could not be drawn</h2>
        <p className="quiet">{(error as Error).message}</p>
        <p>
          The run is not touched: go to another view, or{' '}
          <button type="button" className="button" onClick={() => this.setState({ error: null })}>
            draw it again
          </button>
        </p>
      </section>
    );
  }
}
