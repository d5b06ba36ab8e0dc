"""
EKS, instead of moto's: the clusters that tests describe, their authentication modes and access entries. Writes modes
and entries to the two files that the cluster's authenticator watches.
"""

import json
import os
import re
import time
import uuid

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.eks import urls
from moto.eks.exceptions import (
    InvalidParameterException, InvalidRequestException, ResourceInUseException, ResourceNotFoundException,
)
from moto.eks.responses import EKSResponse

import access_policies
import place
from place import PARTITION, REGION

# EKS changes the mode one step at a time, and never back.
NEXT_MODE = {"CONFIG_MAP": "API_AND_CONFIG_MAP", "API_AND_CONFIG_MAP": "API"}
# The order in which the authenticator asks its backends.
BACKENDS = {
    "CONFIG_MAP": "MountedFile EKSConfigMap",
    "API_AND_CONFIG_MAP": "MountedFile DynamicFile EKSConfigMap",
    "API": "MountedFile DynamicFile",
}
RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")

# The running cluster, and the descriptions that tests have set for it and for other clusters.
living = {}
described = {}
# Access entries by cluster and principal.
entries = {}
# How often each new principal is refused, and how often that happened, by its id.
refusals = {"each": 0, "done": {}}
# The mode that the authenticator has, and how often it has changed.
asked = {"mode": None, "version": 0}
# Not empty: updates of a cluster's configuration end as Failed.
failing_updates = set()


class Cluster:
    """A described cluster. `authenticationMode` is None for a cluster that is older than access entries."""

    def __init__(self, name):
        said = {**(living if name == living.get("name") else {}), **described.get(name, {})}
        self.name = name
        self.endpoint = said.get("endpoint", living["endpoint"])
        self.ca = said.get("ca", living["ca"])
        self.status = said.get("status", "ACTIVE")
        self.mode = said.get("authenticationMode", "CONFIG_MAP")
        public = {"subnetIds": [], "securityGroupIds": [], "endpointPublicAccess": True}
        self.vpc = said.get("resourcesVpcConfig", public)
        self.health = said.get("health", {"issues": []})

    def has_entries(self):
        return self.mode not in (None, "CONFIG_MAP")

    def arn(self, account):
        return f"arn:{PARTITION}:eks:{REGION}:{account}:cluster/{self.name}"


class AccessEntry:
    def __init__(self, cluster, principal, account):
        kind, name = principal.arn.split(":")[-1].split("/", 1)
        self.cluster_name = cluster.name
        self.principal_arn = principal.arn
        # Id of the role or user that has this ARN now. A recreated principal has another id.
        self.principal_id = principal.id
        self.access_entry_arn = (
            f"arn:{PARTITION}:eks:{REGION}:{account}:access-entry/{cluster.name}/{kind}/{account}/{name}/{uuid.uuid4()}"
        )
        self.created_at = utcnow()
        self.type = "STANDARD"
        self.tags = {}
        # Access policies, by ARN.
        self.policies = {}

    def set(self, username, groups):
        self.username = username or default_username(self.principal_arn)
        self.kubernetes_groups = groups or []
        self.modified_at = utcnow()


def default_username(arn):
    """Source: "Create access entries" in the EKS User Guide."""
    if ":user/" in arn:
        return arn
    return re.sub(r":iam::(\d+):role/(?:.*/)?([^/]+)$", r":sts::\1:assumed-role/\2/{{SessionName}}", arn)


def name_the_living(what):
    """The authenticator watches `entriesFile` and `modeFile`, and writes `authenticatorLog`."""
    living.update(what)
    publish()
    return {}


def describe(what):
    """Adds a test's description of the cluster `name` to earlier ones."""
    described[what["name"]] = {**described.get(what["name"], {}), **what["description"]}
    publish()
    return {}


def reset():
    described.clear()
    entries.clear()
    failing_updates.clear()
    refuse_new(0)
    publish()


def fail_updates():
    failing_updates.add("AccessConfigUpdate")
    return {}


def refuse_new(times):
    refusals.update(each=times, done={})
    return {}


def publish():
    """Writes both files in place: the authenticator would not notice a file that replaces one of them."""
    if not living:
        return
    cluster = Cluster(living["name"])
    mappings = {"mapRoles": [], "mapUsers": []}
    for entry in entries.values():
        if entry.cluster_name == cluster.name:
            kind = "role" if ":role/" in entry.principal_arn else "user"
            mappings[f"map{kind.capitalize()}s"].append({
                f"{kind}arn": entry.principal_arn, "username": entry.username, "groups": entry.kubernetes_groups,
                "userid": entry.principal_id,
            })
    write(living["entriesFile"], mappings)
    use_mode(BACKENDS[cluster.mode or "CONFIG_MAP"])


def use_mode(mode):
    """
    Waits until the authenticator has the mode. It starts its backends again for it, and a role that one backend had
    already is unknown until the next one has read aws-auth.
    """
    if mode == asked["mode"]:
        return
    asked.update(mode=mode, version=asked["version"] + 1)
    told = {"backendMode": mode, "Version": str(asked["version"]), "LastUpdatedDateTime": str(int(time.time()))}
    begin = os.path.getsize(living["authenticatorLog"])
    write(living["modeFile"], told)
    # Source: `CallBackForFileLoad` in aws-iam-authenticator's pkg/server/server.go
    done = f"Type=dynamic_backend_mode Version={asked['version']}\n"
    end = time.monotonic() + 20
    while done not in read(living["authenticatorLog"], begin):
        if time.monotonic() > end:
            raise RuntimeError(f"the authenticator does not take the mode {mode}")
        time.sleep(0.005)


def read(path, begin):
    with open(path, encoding="utf-8") as file:
        file.seek(begin)
        return file.read()


def write(path, value):
    text = json.dumps(value)
    with open(path, "a+", encoding="utf-8") as file:
        file.seek(0)
        if file.read() == text:
            return
        file.truncate(0)
        file.write(text)


def cluster_of(name, region):
    if region != REGION or (name != living.get("name") and name not in described):
        raise ResourceNotFoundException(clusterName=name, message=f"No cluster found for name: {name}.")
    return Cluster(name)


def cluster_with_entries(name, region):
    cluster = cluster_of(name, region)
    if not cluster.has_entries():
        raise InvalidRequestException(
            clusterName=name,
            message="The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] "
            "to perform this operation.",
        )
    return cluster


def principal_of(arn):
    iam = place.iam()
    for principal in [*iam.roles.values(), *iam.users.values()]:
        if principal.arn == arn and is_known(principal):
            return principal
    raise InvalidParameterException(message="The specified principalArn is invalid: invalid principal.")


def is_known(principal):
    """EKS knows a new principal some seconds after IAM."""
    refused = refusals["done"].get(principal.id, 0)
    if refused >= refusals["each"]:
        return True
    refusals["done"][principal.id] = refused + 1
    return False


def check_names(username, groups):
    for prefix in RESERVED:
        if (username or "").startswith(prefix):
            raise InvalidParameterException(message=f"The username must not begin with {prefix}")
    for group in groups or []:
        if group.startswith("system:"):
            raise InvalidParameterException(
                message=f"The kubernetes group name {group} is invalid, it cannot start with system:"
            )


def create_entry(account, region, cluster_name, principal_arn, username=None, groups=None, policies=()):
    """`policies` are those that CloudFormation associates."""
    cluster = cluster_with_entries(cluster_name, region)
    principal = principal_of(principal_arn)
    check_names(username, groups)
    if (cluster_name, principal_arn) in entries:
        raise ResourceInUseException(
            clusterName=cluster_name, message="The specified access entry resource is already in use on this cluster."
        )
    entry = AccessEntry(cluster, principal, account)
    entry.set(username, groups)
    associate_all(entry, policies)
    entries[cluster_name, principal_arn] = entry
    publish()
    return entry


def entry_of(region, cluster_name, principal_arn):
    cluster_with_entries(cluster_name, region)
    entry = entries.get((cluster_name, principal_arn))
    if entry is None:
        raise ResourceNotFoundException(
            message="The specified principalArn could not be found. "
            "You can view your available access entries with 'list-access-entries'."
        )
    return entry


def update_entry(region, cluster_name, principal_arn, username, groups, policies=None):
    """Updates an entry. `None` keeps a field."""
    entry = entry_of(region, cluster_name, principal_arn)
    check_names(username, groups)
    if policies is not None:
        entry.policies = {}
        associate_all(entry, policies)
    entry.set(entry.username if username is None else username, entry.kubernetes_groups if groups is None else groups)
    publish()
    return entry


def associate_all(entry, policies):
    """As CloudFormation writes them."""
    for policy in policies:
        associate(entry, policy["PolicyArn"], {key.lower(): value for key, value in policy["AccessScope"].items()})


def associate(entry, arn, scope):
    check_policy(arn, scope)
    entry.policies[arn] = {
        "associatedAt": utcnow(), **entry.policies.pop(arn, {}), "policyArn": arn, "modifiedAt": utcnow(),
        "accessScope": {"namespaces": [], **scope},
    }


def delete_entry(region, cluster_name, principal_arn):
    entry_of(region, cluster_name, principal_arn)
    del entries[cluster_name, principal_arn]
    publish()


def authorize(review):
    """Answers the API server's SubjectAccessReview by the access policies of the caller's entry."""
    principal_id = review["spec"].get("extra", {}).get("principalId", [""])[0]
    policies = [
        policy for entry in list(entries.values())
        if entry.cluster_name == living.get("name") and entry.principal_id == principal_id
        and Cluster(entry.cluster_name).has_entries()
        for policy in list(entry.policies.values())
    ]
    return {**review, "status": {"allowed": access_policies.permit(policies, review["spec"])}}


def page(items, self):
    start = int(self._get_param("nextToken") or 0)
    end = start + int(self._get_param("maxResults") or 100)
    return {"nextToken": str(end)} if end < len(items) else {}, items[start:end]


class Calls:
    """EKS's API. `self` is moto's response object."""

    def list_clusters(self):
        names = sorted({living["name"], *described}) if self.region == REGION else []
        more, shown = page(names, self)
        return ActionResult({"clusters": shown, **more})

    def describe_cluster(self):
        cluster = cluster_of(self._get_param("name"), self.region)
        account = self.current_account
        connection = {"endpoint": cluster.endpoint, "certificateAuthority": {"data": cluster.ca}}
        return ActionResult({
            "cluster": {
                "name": cluster.name,
                "arn": cluster.arn(account),
                "version": "1.35",
                "platformVersion": "eks.1",
                "createdAt": 1_750_000_000,
                "roleArn": f"arn:{PARTITION}:iam::{account}:role/cluster",
                "status": cluster.status,
                **({} if cluster.status == "CREATING" else connection),
                "resourcesVpcConfig": cluster.vpc,
                "health": cluster.health,
                "kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.96.0.0/16", "ipFamily": "ipv4"},
                **({"accessConfig": {"authenticationMode": cluster.mode}} if cluster.mode else {}),
                "tags": {},
            }
        })

    def update_cluster_config(self):
        cluster = cluster_of(self._get_param("name"), self.region)
        wanted = (self._get_param("accessConfig") or {}).get("authenticationMode")
        mode = cluster.mode or "CONFIG_MAP"
        if wanted != NEXT_MODE.get(mode):
            raise InvalidParameterException(
                clusterName=cluster.name, message=f"Unsupported authentication mode update from {mode} to {wanted}"
            )
        if not failing_updates:
            describe({"name": cluster.name, "description": {"authenticationMode": wanted}})
        update = {"id": str(uuid.uuid4()), "status": "InProgress", "type": "AccessConfigUpdate"}
        return ActionResult({"update": update})

    def describe_update(self):
        cluster_of(self._get_param("name"), self.region)
        errors = [{"errorCode": "Unknown", "errorMessage": "The update could not be completed."}]
        end = {"status": "Failed", "errors": errors} if failing_updates else {"status": "Successful", "errors": []}
        return ActionResult({"update": {"id": self._get_param("updateId"), "type": "AccessConfigUpdate", **end}})

    def create_access_entry(self):
        entry = create_entry(
            self.current_account, self.region, self._get_param("name"), self._get_param("principalArn"),
            self._get_param("username"), self._get_param("kubernetesGroups"),
        )
        entry.tags = self._get_param("tags") or {}
        return ActionResult({"accessEntry": shown(entry)})

    def describe_access_entry(self):
        return ActionResult({"accessEntry": shown(entry_of(self.region, *key(self)))})

    def list_access_entries(self):
        name = self._get_param("name")
        cluster_with_entries(name, self.region)
        more, shown = page(sorted(arn for cluster, arn in entries if cluster == name), self)
        return ActionResult({"accessEntries": shown, **more})

    def update_access_entry(self):
        username, groups = self._get_param("username"), self._get_param("kubernetesGroups")
        return ActionResult({"accessEntry": shown(update_entry(self.region, *key(self), username, groups))})

    def delete_access_entry(self):
        delete_entry(self.region, *key(self))
        return ActionResult({})

    def associate_access_policy(self):
        entry = entry_of(self.region, *key(self))
        arn, scope = self._get_param("policyArn"), self._get_param("accessScope")
        associate(entry, arn, scope)
        publish()
        return ActionResult({**named(self), "associatedAccessPolicy": entry.policies[arn]})

    def disassociate_access_policy(self):
        entry = entry_of(self.region, *key(self))
        if entry.policies.pop(self._get_param("policyArn"), None) is None:
            raise ResourceNotFoundException(message="The specified policyArn could not be found.")
        publish()
        return ActionResult({})

    def list_associated_access_policies(self):
        entry = entry_of(self.region, *key(self))
        more, policies = page(list(entry.policies.values()), self)
        return ActionResult({**named(self), "associatedAccessPolicies": policies, **more})


def named(self):
    cluster_name, principal_arn = key(self)
    return {"clusterName": cluster_name, "principalArn": principal_arn}


class Unsupported(JsonRESTError):
    code = 501


def check_policy(arn, scope):
    kind, namespaces = scope.get("type"), scope.get("namespaces", [])
    if not re.fullmatch(r"arn:aws[\w-]*:eks::aws:cluster-access-policy/\w+", arn):
        raise InvalidParameterException(message="The policyArn parameter format is not valid")
    if kind not in ("cluster", "namespace"):
        raise InvalidParameterException(message=f"The accessScope type {kind} is not valid")
    if (kind == "namespace") != (len(namespaces) > 0):
        raise InvalidParameterException(
            message="The accessScope namespaces must be given for the type namespace, and for no other"
        )
    if not access_policies.is_known(arn):
        raise Unsupported("NotImplemented", f"the backend does not support the access policy {arn}")


def key(self):
    return self._get_param("name"), self._get_param("principalArn")


def shown(entry):
    """The entry without fields that EKS does not return."""
    return {
        "clusterName": entry.cluster_name,
        "principalArn": entry.principal_arn,
        "kubernetesGroups": entry.kubernetes_groups,
        "accessEntryArn": entry.access_entry_arn,
        "createdAt": entry.created_at,
        "modifiedAt": entry.modified_at,
        "tags": entry.tags,
        "username": entry.username,
        "type": entry.type,
    }


def install():
    # moto searches the whole URL for the Region, but the path of a role may contain amazonaws.com.
    EKSResponse.region_regex = re.compile(r"^https?://[^/]*\.(?P<region>[^./]+)\.amazonaws\.com(?:\.cn)?")
    for name, call in vars(Calls).items():
        if not name.startswith("_"):
            setattr(EKSResponse, name, call)
    entry = "{0}/clusters/(?P<name>[^/]+)/access-entries"
    for path in (
        "{0}/clusters/(?P<name>[^/]+)/updates/(?P<updateId>[^/]+)$", f"{entry}$", f"{entry}/(?P<principalArn>.+)$",
    ):
        urls.url_paths[path] = urls.response.dispatch
