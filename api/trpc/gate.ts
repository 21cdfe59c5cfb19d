import { createFairGate, type FairGate } from '../../platform/fair-gate.ts';

/** How long a request waits for its turn, in milliseconds: its caller hears within a second to come again. */
export const TURN_WAIT_MS = 900;

export interface GateLimits {
  /** How many may be inside at once. */
  readonly inside_max: number;
  /** How many of one program may wait. */
  readonly laneWaiting_max: number;
  readonly wait_ms: number;
}

/** The gate of requests to the database: a program has two thirds of the places at most. */
export const createGate = ({ inside_max, ...limits }: GateLimits): FairGate =>
  createFairGate({ inside_max, laneInside_max: Math.ceil((inside_max * 2) / 3), ...limits });
