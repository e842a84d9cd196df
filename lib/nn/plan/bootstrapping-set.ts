import { planBootstrapping } from '../../ckks/bootstrapping-plan.js';
import type { BootstrappingPlanIntent } from '../../ckks/bootstrapping-plan.js';
import type { CompleteLiteral } from '../../ckks/parameters.js';
import type { MachineProfile } from './cost.js';

/** What a plan wants of a set that bootstraps; hidden values are in [-1, 1], as are both parts of two of them in a slot. */
export type SetIntent = Required<Omit<BootstrappingPlanIntent, 'magnitude' | 'batch' | 'passes'>>;

/** A set that bootstraps, before there are tables. */
export interface BootstrappingSet {
  readonly literal: CompleteLiteral;
  /** One sentence for every choice. */
  readonly reasons: readonly string[];
  /**
   * The root mean square error that a bootstrap adds to a slot, and what it is off where all slots are alike: by the sine,
   * which no average takes away. (Such errors may be alike in several units, too. The factor from a deviation to a bound has
   * room for 50 of them.)
   */
  readonly deviation: number;
  /** Of one bootstrap. */
  readonly seconds: number;
}

/** What can be asked for. */
export const precisionRange = { least: 8, most: 40 } as const;
export const scaleRange = { least: 24, most: 60 } as const;

/** About the deviation of a set of this precision, which is the mean of -log2 |error| over real and imaginary parts. */
export const usualDeviation = (precisionBits: number): number => 2 ** (2 - precisionBits);

/** The sets that are asked for while a plan is made, each looked for once: that takes a second. */
export class BootstrappingSets {
  readonly #known = new Map<string, Promise<BootstrappingSet>>();

  /** What times are predicted for. */
  constructor(readonly machine: MachineProfile) {}

  /** The cheapest set for an intent. Throws ParameterError where there is none. */
  find(intent: SetIntent): Promise<BootstrappingSet> {
    const name = JSON.stringify(Object.entries(intent).sort());
    let set = this.#known.get(name);
    if (set === undefined) {
      set = this.#plan(intent);
      this.#known.set(name, set);
    }
    return set;
  }

  async #plan(intent: SetIntent): Promise<BootstrappingSet> {
    const { machine } = this;
    const { parameters, reasons, noise, constantPrecisionBits, seconds } = await planBootstrapping(intent, {
      machine,
    });
    const random = Math.hypot(...noise.map(({ bits }) => 2 ** -bits));
    const alike = Math.SQRT2 * 2 ** -constantPrecisionBits;
    return { literal: parameters, reasons, deviation: random + alike, seconds };
  }
}
