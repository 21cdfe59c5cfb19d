import { z } from 'zod';
import { externalId, id } from './schemas.ts';

/**
 * What stands before the host's own id of a member in the path of an address. No UUID begins so, and behind
 * it an id may look like anything: like a UUID, too.
 */
export const EXTERNAL_PREFIX = 'ext_';

/** Two fields of an input that name a member: by our id, and by the host's own in its place. */
export interface NamingFields {
  readonly ours: string;
  readonly theirs: string;
  /** Whom they name, as the document says it. */
  readonly about?: string;
}

/** How nearly every input names a member. */
export const MEMBER = { ours: 'memberId', theirs: 'externalId' } as const;

/** How the procedures on members themselves do. */
export const BY_ID = { ours: 'id', theirs: 'externalId' } as const;

/** How the input names whoever refers. */
export const REFERRER = { ours: 'referrerId', theirs: 'referrerExternalId' } as const;

export const REFERRED = { ours: 'referredId', theirs: 'referredExternalId' } as const;

interface HostField {
  readonly theirs: string;
  readonly isNeeded: boolean;
}

/** Which field has the host's id in place of a field with ours. Copies of an object keep their fields. */
const HOST_FIELDS = z.registry<HostField>();

/** Says of a field with our id of a member that another has the host's in its place. */
function withHostField<F extends z.ZodType>(field: F, hostField: HostField): F {
  HOST_FIELDS.add(field, hostField);
  return field;
}

/** Our id of a member where the options of a union are the ways to name them. */
export const idOrElse = (theirs: string) => withHostField(id.clone(), { theirs, isNeeded: true });

/** The fields of an input that name members, each with its counterpart. */
export function membersNamedBy(input: z.ZodType | null): (HostField & { readonly ours: string })[] {
  if (input instanceof z.ZodUnion) return (input.options as readonly z.ZodType[]).flatMap(membersNamedBy);
  if (input instanceof z.ZodPrefault || input instanceof z.ZodOptional) {
    return membersNamedBy(input.unwrap() as z.ZodType);
  }
  if (!(input instanceof z.ZodObject)) return [];
  return Object.entries(input.shape as Readonly<Record<string, z.ZodType>>).flatMap(([ours, field]) => {
    const hostField = HOST_FIELDS.get(field);
    return hostField === undefined ? [] : [{ ours, ...hostField }];
  });
}

/** Exactly one of two fields, for callers in TypeScript. */
type OneOf<O extends string, T extends string> =
  | ({ readonly [K in O]: string } & { readonly [K in T]?: undefined })
  | ({ readonly [K in O]?: undefined } & { readonly [K in T]: string });

type Names<O extends string, T extends string> = NamingFields & { readonly ours: O; readonly theirs: T };
type Strict<S extends z.ZodRawShape> = z.ZodObject<S, z.core.$strict>;
/** Of no fields, zod says that there is none beside them either. */
type OutputOf<S extends z.ZodRawShape> = keyof S extends never ? unknown : z.output<Strict<S>>;
type InputOf<S extends z.ZodRawShape> = keyof S extends never ? unknown : z.input<Strict<S>>;

/** The input of whatever is about one member: exactly one of the two fields that name them, and `fields`. */
export function oneMember<S extends z.ZodRawShape, O extends string, T extends string>(
  names: Names<O, T>,
  fields: S,
): z.ZodType<OneOf<O, T> & OutputOf<S>, OneOf<O, T> & InputOf<S>> {
  const whole = z.strictObject({ ...pairOf(names, true), ...fields });
  return whole.superRefine(namedOnce([names], true)) as unknown as ReturnType<typeof oneMember<S, O, T>>;
}

/** The input of a list that may be of one member, or of two, each named by one field at the most. */
export function anyMember<S extends z.ZodRawShape, O extends string, T extends string>(
  names: readonly Names<O, T>[],
  fields: S,
) {
  const pairs = Object.assign({}, ...names.map((it) => pairOf(it, false))) as Pair<O, T>;
  return z.strictObject({ ...pairs, ...fields }).superRefine(namedOnce(names, false));
}

type Pair<O extends string, T extends string> = Record<O | T, z.ZodOptional<z.ZodString>>;

function pairOf({ ours, theirs, about }: NamingFields, isNeeded: boolean): Pair<string, string> {
  const description = about === undefined ? 'Our id of the member.' : about;
  const mine = id.optional().meta({ description });
  return {
    [ours]: withHostField(mine, { theirs, isNeeded }),
    // Without an example, since an example of the whole names the member once.
    [theirs]: externalId.optional().meta({
      description: `In place of \`${ours}\`: the host's own id of the member.`,
      examples: [],
    }),
  };
}

const namedOnce =
  (names: readonly NamingFields[], isNeeded: boolean) =>
  (input: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void => {
    for (const { ours, theirs } of names) {
      const given = [ours, theirs].filter((field) => input[field] !== undefined);
      const message =
        given.length === 2
          ? `name the member by ${ours} or by ${theirs}, not by both`
          : `name the member by ${ours} or by ${theirs}`;
      if (given.length === 2 || (isNeeded && given.length === 0)) {
        context.addIssue({ code: 'custom', path: [ours], message });
      }
    }
  };
