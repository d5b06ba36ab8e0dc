"""Asks moto's policy evaluator about the policy on stdin: is each action permitted, and without its statement?"""

import json
import sys

from moto.iam.access_control import IAMPolicy, PermissionResult


def permits(statements, action, resource):
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return IAMPolicy(document).is_action_permitted(action, resource) == PermissionResult.PERMITTED


def example(resource):
    """A resource that the pattern is for."""
    return "*" if resource == "*" else resource.replace("*", "x")


statements = json.load(sys.stdin)["Statement"]
verdicts = []
for statement in statements:
    others = [other for other in statements if other is not statement]
    resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
    for action in statement["Action"]:
        verdicts.append(
            {
                "action": action,
                "permitted": all(permits(statements, action, example(resource)) for resource in resources),
                "without": {
                    "statement": statement["Sid"],
                    "permitted": any(permits(others, action, example(resource)) for resource in resources),
                },
            }
        )
print(json.dumps(verdicts))
