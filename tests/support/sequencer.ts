import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** About as many as end beside one storm. */
const BETWEEN_STORMS = 40;

const of = (folders: string) => {
  const within = new RegExp(`/(${folders})/`);
  return ({ project, moduleId }: TestSpecification) =>
    within.test(moduleId.slice(project.config.root.length));
};
const isStorm = of('tests/storm');
/** Most of them start servers and take seconds; the others are done in a moment. */
const isLong = of('workflows|worker|activities|engine|tests');

/**
 * Long files first, so that none is left over at the end for one process alone. Storms lie apart: they wait
 * a lot, which leaves the cores to what computes, and two at a time would be in each other's way.
 */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const calm = sorted.filter((file) => !isStorm(file));
    const order = [...calm.filter(isLong), ...calm.filter((file) => !isLong(file))];
    for (const [nth, storm] of sorted.filter(isStorm).entries()) order.splice(nth * BETWEEN_STORMS, 0, storm);
    return order;
  }
}
