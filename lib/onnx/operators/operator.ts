import type { Operands } from '../attributes.js';
import type { Budget } from '../budget.js';
import type { Traced } from '../values.js';

/** What a node gives, of inputs of which at least one depends on the network's input. */
export type Operator = (operands: Operands, budget: Budget) => Traced;
