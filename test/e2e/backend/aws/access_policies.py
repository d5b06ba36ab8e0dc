"""What EKS's access policies permit beside RBAC. The API server asks here: it is its authorization webhook."""

from fnmatch import fnmatchcase

# By the name of a policy: rules as in a ClusterRole.
rules = {}


def learn(by_name):
    rules.update(by_name)
    return {}


def is_known(arn):
    return name_of(arn) in rules


def name_of(arn):
    return arn.split("/")[-1]


def permit(policies, spec):
    """`policies` are those of an entry, `spec` is that of a SubjectAccessReview."""
    return any(
        is_in(policy["accessScope"], spec) and any(matches(rule, spec) for rule in rules[name_of(policy["policyArn"])])
        for policy in policies
    )


def is_in(scope, spec):
    if scope["type"] == "cluster":
        return True
    namespace = spec.get("resourceAttributes", {}).get("namespace", "")
    return namespace != "" and any(fnmatchcase(namespace, pattern) for pattern in scope["namespaces"])


def matches(rule, spec):
    """As RBAC matches a rule."""
    def has(field, *wanted):
        return any(one == "*" or one in wanted for one in rule.get(field) or [])

    if "nonResourceAttributes" in spec:
        asked = spec["nonResourceAttributes"]
        urls = rule.get("nonResourceURLs") or []
        return has("verbs", asked["verb"]) and any(fnmatchcase(asked["path"], url) for url in urls)
    asked = spec["resourceAttributes"]
    resource, subresource = asked.get("resource", ""), asked.get("subresource", "")
    resources = [f"{resource}/{subresource}", f"*/{subresource}"] if subresource else [resource]
    names = rule.get("resourceNames") or [asked.get("name", "")]
    return (
        has("verbs", asked["verb"]) and has("apiGroups", asked.get("group", "")) and has("resources", *resources)
        and asked.get("name", "") in names
    )
