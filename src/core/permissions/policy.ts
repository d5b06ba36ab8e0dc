/** IAM policies as data, and where they hold. */

export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: "*" | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface Policy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

/** The parts of the ARNs. Each may have `*`. */
export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly cluster: string;
  /** The cluster's access entries: `demo/*`. */
  readonly entries: string;
  /** With the id behind its name: `eks-lambda-demo/*`. */
  readonly stack: string;
  readonly functionName: string;
  /** With and without what stands behind a log group's name in the ARNs of its streams. */
  readonly logGroups: readonly string[];
  /** The function's role with its path, without the first slash. */
  readonly role: string;
  /** Other roles that are granted rights. */
  readonly granted: readonly string[];
  /** The role that CloudFormation assumes, as the function's. */
  readonly cloudformationRole: string;
  readonly vpc: string;
  /** The bucket for the function's code. */
  readonly codeBucket: string;
}

/** What a statement is needed for. */
export interface Purpose {
  /** Nothing names the cluster. */
  readonly findsCluster: boolean;
  /** Reads are enough. */
  readonly readsOnly: boolean;
  readonly enablesAccessEntries: boolean;
  readonly grants: boolean;
  /** For smoke: setup, grant and a role for it. */
  readonly smokes: boolean;
  readonly passesRole: boolean;
  /** The stack has an access entry. */
  readonly hasEntry: boolean;
  readonly isInVpc: boolean;
  readonly hasOwnSecurityGroup: boolean;
  /** The stack has the function's EventInvokeConfig. */
  readonly hasEvents: boolean;
  /** The function's code is in a bucket. */
  readonly uploadsCode: boolean;
  /** The stack exports the function's ARN. */
  readonly exportsArn: boolean;
}

/** One row of a table of rights. */
export interface Row {
  readonly sid: string;
  /** In alphabetical order. */
  readonly actions: readonly string[];
  readonly resources: (place: Place) => Statement["Resource"];
  /** The service to which a role may be passed. */
  readonly passedTo?: string;
  readonly isNeeded: (purpose: Purpose) => boolean;
}

export const policyOf = (rows: readonly Row[], place: Place): Policy => ({
  Version: "2012-10-17",
  Statement: rows.map(({ sid, actions, resources, passedTo }) => ({
    Sid: sid,
    Effect: "Allow",
    Action: actions,
    Resource: resources(place),
    ...(passedTo !== undefined && { Condition: { StringEquals: { "iam:PassedToService": passedTo } } }),
  })),
});
