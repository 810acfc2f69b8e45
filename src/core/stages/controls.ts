// What a run's owner changes while it runs: learning rate and β from the next update on, and whether the next update is told in slow
// motion. Stages ask at every launch of an update, so a step that runs ahead keeps what it was launched with.

export interface Settings {
  /** The schedule's learning rate times this. */
  learningRateScale: number;
  beta: number;
}

/** Settings as a stage tells them: null where its loss has no β, or one that stays. */
export type ToldSettings = Pick<Settings, 'learningRateScale'> & { beta: number | null };

/** What an update is launched with. */
export interface LaunchSettings extends ToldSettings {
  /** Other settings than the update before had. */
  areNew: boolean;
  /** Tell it in slow motion. */
  inSlowMotion: boolean;
}

export interface ControlsState {
  wanted: Settings;
  inForce: Settings;
  slowMotion: SlowMotion;
}

type SlowMotion = 'no' | 'asked' | 'launched';

/** A scale above this is a slip of the finger; β has the limits of its field. */
const LARGEST_SCALE = 100;
const LARGEST_BETA = 10;

export class Controls {
  private readonly first: Settings;
  private wanted: Settings;
  private inForce: Settings;
  private slowMotion: SlowMotion = 'no';

  constructor(beta: number) {
    this.first = { learningRateScale: 1, beta };
    this.wanted = this.first;
    this.inForce = this.first;
  }

  /** From the next launch on. Settings that make no sense change nothing: the answer says why, null is agreement. */
  set(settings: Settings): string | null {
    const { learningRateScale, beta } = settings;
    if (!isBetween(learningRateScale, LARGEST_SCALE))
      return `A learning rate of × ${learningRateScale} was refused: more than 0 and at most × ${LARGEST_SCALE}.`;
    if (!isBetween(beta, LARGEST_BETA)) return `A β of ${beta} was refused: more than 0 and at most ${LARGEST_BETA}.`;
    this.wanted = { learningRateScale, beta };
    return null;
  }

  /** Tells the next update that is launched in slow motion, or no longer. */
  watchNext(wanted: boolean): void {
    if (this.slowMotion !== 'launched') this.slowMotion = wanted ? 'asked' : 'no';
  }

  /** An update in slow motion is under way and not yet told. */
  get isWatching(): boolean {
    return this.slowMotion === 'launched';
  }

  /** An update is launched whose loss has the β that may be changed. */
  launch(): LaunchSettings & Settings {
    return { ...this.take(this.wanted), beta: this.wanted.beta };
  }

  /** An update is launched whose loss has no β, or one that stays: a new β goes on waiting for one that has it. */
  launchWithoutBeta(): LaunchSettings {
    const { learningRateScale } = this.wanted;
    return { ...this.take({ learningRateScale, beta: this.inForce.beta }), beta: null };
  }

  private take(settings: Settings): Omit<LaunchSettings, 'beta'> {
    const { learningRateScale, beta } = settings;
    const areNew = learningRateScale !== this.inForce.learningRateScale || beta !== this.inForce.beta;
    this.inForce = settings;
    const inSlowMotion = this.slowMotion === 'asked';
    if (inSlowMotion) this.slowMotion = 'launched';
    return { learningRateScale, areNew, inSlowMotion };
  }

  /** The update in slow motion is told, or will never be. */
  watched(): void {
    if (this.slowMotion === 'launched') this.slowMotion = 'no';
  }

  /** As they are, to be saved. */
  state(): ControlsState {
    return { wanted: { ...this.wanted }, inForce: { ...this.inForce }, slowMotion: this.slowMotion };
  }

  /** As they were saved. */
  restore({ wanted, inForce, slowMotion }: ControlsState): void {
    this.wanted = wanted;
    this.inForce = inForce;
    this.slowMotion = slowMotion;
  }

  /** A stage begins anew: changed settings count as new again. */
  restart(): void {
    this.inForce = this.first;
    this.watched();
  }
}

const isBetween = (value: number, largest: number): boolean => value > 0 && value <= largest;
