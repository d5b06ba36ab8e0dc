/** Go's errors about values that do not fit their type. */

/** A value that does not parse. */
export class Refused extends Error {}

/** A value of another type; Go says where it is. */
export class Mistyped extends Refused {
  readonly what: string;
  constructor(what: string, type: string) {
    super(`json: cannot unmarshal ${what} into Go value of type ${type}`);
    this.what = what;
    this.type = type;
  }
  readonly type: string;
}
