import { isbot } from 'isbot';
import { isRobot } from '../../domain/links/robots.ts';

/** Whether an agent is a robot's: our rule over the public list of the package `isbot`. */
export const isRobotAgent = (agent: string): boolean => isRobot(agent, isbot);
