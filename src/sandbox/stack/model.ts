/** A stack of CloudFormation, as data. */
import type { Clock } from "../clock.ts";
import type { Data, Pairs, Resource } from "../model.ts";
import type { Template } from "./template.ts";

/** What a stack should be. */
export interface Wanted {
  readonly template: Template;
  readonly parameters: Pairs;
  readonly tags: Pairs;
}

export interface ChangeSet {
  readonly id: string;
  readonly wanted: Wanted;
  /** DeploymentMode REVERT_DRIFT: compares with the account, not with what the stack created. */
  readonly revertsDrift: boolean;
  /** The findings of early validation, as DescribeEvents returns them. */
  readonly validationErrors: readonly Data[];
}

export interface Stack {
  readonly clock: Clock;
  readonly name: string;
  readonly id: string;
  status: string;
  statusReason?: string | undefined;
  /** Resolves when the last operation has ended. */
  operation: Promise<void>;
  wanted?: Wanted;
  outputs: Pairs;
  /** Outputs that other stacks can import, by the export's name. */
  exports: Pairs;
  /** Exports of other stacks that its template uses. */
  imports: readonly string[];
  /** Termination protection. */
  isProtected: boolean;
  /**
   * By logical ID, as the stack created them; changes made elsewhere do not show here. A change replaces the map, so that a
   * rollback can restore an earlier one.
   */
  resources: ReadonlyMap<string, Resource>;
  /** By name. */
  readonly changeSets: Map<string, ChangeSet>;
  /** As DescribeStackEvents returns them, newest first. */
  readonly events: Data[];
}

/** A request to a custom resource that waits for its answer. */
export interface Waiting {
  /** Its URL has this host. */
  readonly host: string;
  readonly signedAt: number;
  readonly expiresMs: number;
  /** The key of the function's resource. */
  readonly functionKey: string;
  /** Takes the body of the first PUT. */
  answer(body: string): void;
}
