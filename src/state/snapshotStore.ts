// The log-probs of every snapshot of this session's runs, by run and place on the time line.

/** In the order of the run's `inspected`: chosen and rejected of each pair, then each response; one value a response token, nats. */
export interface SnapshotRows {
  policy: readonly Float32Array[];
  reference: readonly Float32Array[];
}

export interface SnapshotStore {
  put(runId: string, index: number, rows: SnapshotRows): void;
  /** null: not held (any more). */
  get(runId: string, index: number): Promise<SnapshotRows | null>;
  drop(runId: string): void;
}

export function createSnapshotStore(): SnapshotStore {
  const runs = new Map<string, Map<number, SnapshotRows>>();
  return {
    put(runId, index, rows) {
      const run = runs.get(runId) ?? new Map<number, SnapshotRows>();
      runs.set(runId, run.set(index, rows));
    },
    get: async (runId, index) => runs.get(runId)?.get(index) ?? null,
    drop: (runId) => void runs.delete(runId),
  };
}
