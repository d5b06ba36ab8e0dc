"""Creates, updates and deletes one resource of a stack, where moto's own way differs from CloudFormation's."""

import base64
import io
import json
import uuid
import zipfile

from moto.cloudformation.parsing import parse_and_create_resource, parse_and_delete_resource, resource_class_from_type
from moto.eks.exceptions import EKSError, ResourceNotFoundException

import eks
import place

# CloudFormation replaces a resource when one of these properties changes: `createOnlyProperties` in its registry.
REPLACED_BY = {
    "AWS::EC2::SecurityGroup": ("GroupDescription", "GroupName", "VpcId"),
    "AWS::EC2::SecurityGroupIngress": (
        "CidrIp", "FromPort", "GroupId", "IpProtocol", "SourceSecurityGroupId", "ToPort",
    ),
    "AWS::EKS::AccessEntry": ("ClusterName", "PrincipalArn", "Type"),
    "AWS::IAM::Role": ("RoleName", "Path"),
    "AWS::Lambda::EventInvokeConfig": ("FunctionName", "Qualifier"),
    "AWS::Lambda::Function": ("FunctionName", "PackageType"),
    "AWS::Logs::LogGroup": ("LogGroupName",),
}
# Properties that name a resource. Joined, they are its physical id.
NAMED_BY = {
    "AWS::EKS::AccessEntry": ("PrincipalArn", "ClusterName"),
    "AWS::IAM::Role": ("RoleName",),
    "AWS::Lambda::EventInvokeConfig": ("FunctionName", "Qualifier"),
    "AWS::Lambda::Function": ("FunctionName",),
    "AWS::Logs::LogGroup": ("LogGroupName",),
}
EVENT_NUMBERS = ("MaximumEventAgeInSeconds", "MaximumRetryAttempts")
FUNCTION_DEFAULTS = {"Description": "", "MemorySize": 128, "Timeout": 3, "Environment": {"Variables": {}}, "Layers": []}

# Faults that a test has set: logical ids that fail, or `LogGroup DELETE`, `LogGroup ROLLBACK`.
failing = set()
# What a Region or a subnet lacks for a function: architectures, runtimes, and ids of subnets without free addresses.
missing_architectures = set()
missing_runtimes = set()
full_subnets = set()
# Parameters that CloudFormation does not know, and ignores.
unknown_parameters = set()


def reset():
    for faults in (failing, missing_architectures, missing_runtimes, full_subnets, unknown_parameters):
        faults.clear()


class ResourceFailure(Exception):
    """A resource that could not be created or updated, with CloudFormation's reason."""


def find(kind, name):
    """The resource in the account with this physical id, in a stack or not, or None."""
    if kind == "AWS::IAM::Role":
        return next((role for role in place.iam().roles.values() if role.name == name), None)
    if kind == "AWS::Logs::LogGroup":
        return place.logs().groups.get(name)
    if kind == "AWS::Lambda::Function":
        functions = place.lambdas().list_functions()
        return next((one for one in functions if one.function_name == name), None)
    if kind == "AWS::Lambda::EventInvokeConfig":
        found = next((one for one in place.lambdas().list_functions() if one.function_name == name.split("|")[0]), None)
        return found and next(iter(found.event_invoke_config), None)
    principal, cluster = name.split("|")
    return eks.entries.get((cluster, principal))


def present(kind, resource):
    """
    The resource that has this physical id now. It may have been deleted and created again by hand. An update does not
    recreate a resource that was deleted outside of CloudFormation.
    """
    name = resource.physical_resource_id
    found = find(kind, name) if kind in NAMED_BY else resource
    if found is None:
        raise ResourceFailure(
            f"Resource handler returned message: \"Resource of type '{kind}' with identifier '{name}' was not found.\" "
            f"(RequestToken: {uuid.uuid4()}, HandlerErrorCode: NotFound)"
        )
    return resource if kind in OWN_TYPES else found


def as_it_is(resource, definition):
    """A resolved definition, updated with changes made outside of CloudFormation."""
    kind, properties = definition["Type"], dict(definition.get("Properties", {}))
    if kind == "AWS::Logs::LogGroup":
        properties["RetentionInDays"] = resource.retention_in_days and int(resource.retention_in_days)
    elif kind == "AWS::Lambda::Function":
        variables = dict(resource.environment_vars)
        properties.update(Role=resource.role, Environment=variables and {"Variables": variables})
        numbers = {"MemorySize": resource.memory_size, "Timeout": resource.timeout}
        given = {**FUNCTION_DEFAULTS, **properties}
        properties.update({name: live for name, live in numbers.items() if str(given[name]) != str(live)})
        if "Architectures" in properties:
            properties["Architectures"] = resource.architectures
    elif kind == "AWS::Lambda::EventInvokeConfig":
        live = resource.config()
        numbers = {name: live[name] for name in EVENT_NUMBERS if name in live and str(properties.get(name)) != str(live[name])}
        properties = {key: value for key, value in properties.items() if key not in EVENT_NUMBERS or key in live}
        properties.update(numbers, DestinationConfig=live.get("DestinationConfig"))
    elif kind == "AWS::IAM::Role":
        properties["AssumeRolePolicyDocument"] = json.loads(resource.assume_role_policy_document)
        properties["Policies"] = [
            {"PolicyName": name, "PolicyDocument": json.loads(document)} for name, document in resource.policies.items()
        ]
    return {**definition, "Properties": {key: value for key, value in properties.items() if value}}


class Untracked:
    """A resource of a type that moto does not know. It has a name and nothing else."""

    def __init__(self, logical_id, definition, stack):
        self.logical_resource_id = logical_id
        self.cf_resource_type = definition["Type"]
        self.physical_resource_id = f"{stack.name}-{logical_id}-{uuid.uuid4().hex[:12].upper()}"

    def get_cfn_attribute(self, name):
        return f"{self.physical_resource_id}.{name}"

    def is_created(self):
        return True

    def delete(self, _account, _region):
        """Does nothing: the account holds no such resource."""


# CloudFormation's names for the errors of a service.
HANDLER_ERRORS = {
    "InvalidParameterException": "InvalidRequest",
    "InvalidRequestException": "InvalidRequest",
    "ResourceInUseException": "AlreadyExists",
    "ResourceNotFoundException": "NotFound",
}


class AccessEntry:
    """An access entry, created, updated and deleted with the EKS calls that CloudFormation's handler makes."""

    def __init__(self, stack, properties):
        self.region = stack.region_name
        self.key = (properties["ClusterName"], properties["PrincipalArn"])
        self.physical_resource_id = "|".join(reversed(self.key))
        given = (properties.get("Username"), properties.get("KubernetesGroups"), properties.get("AccessPolicies", []))
        tell_eks_error(lambda: eks.create_entry(stack.account_id, self.region, *self.key, *given))

    def update(self, properties):
        given = (properties.get("Username", ""), properties.get("KubernetesGroups", []), properties.get("AccessPolicies"))
        tell_eks_error(lambda: eks.update_entry(self.region, *self.key, *given))

    def get_cfn_attribute(self, name):
        entry = eks.entry_of(self.region, *self.key)
        return {"AccessEntryArn": entry.access_entry_arn}[name]

    def is_created(self):
        return True

    def delete(self, _account, _region):
        try:
            eks.delete_entry(self.region, *self.key)
        except ResourceNotFoundException:
            # CloudFormation treats the entry as deleted.
            pass


class EventConfig:
    """A function's EventInvokeConfig, created, updated and deleted with the Lambda calls that CloudFormation's handler makes."""

    def __init__(self, properties):
        self.function_name = properties["FunctionName"]
        self.physical_resource_id = f"{self.function_name}|{properties['Qualifier']}"
        self.update(properties)

    def update(self, properties):
        numbers = {name: int(properties[name]) for name in EVENT_NUMBERS if name in properties}
        place.lambdas().put_function_event_invoke_config(self.function_name, numbers)

    def config(self):
        return place.lambdas().get_function(self.function_name).event_invoke_config[0].config

    def get_cfn_attribute(self, name):
        raise KeyError(name)

    def is_created(self):
        return True

    def delete(self, _account, _region):
        place.lambdas().delete_function_event_invoke_config(self.function_name)


# Types whose resources are not moto's.
OWN_TYPES = ("AWS::EKS::AccessEntry", "AWS::Lambda::EventInvokeConfig")


def tell_eks_error(work):
    try:
        work()
    except EKSError as error:
        message = json.loads(error.description)["message"]
        raise ResourceFailure(
            f'Resource handler returned message: "{message} (Service: Eks, Status Code: {error.STATUS}, '
            f'Request ID: {uuid.uuid4()})" (RequestToken: {uuid.uuid4()}, HandlerErrorCode: {HANDLER_ERRORS[error.TYPE]})'
        ) from error


def zip_of_inline_code(code):
    """CloudFormation names inline code of Node.js `index.js`; moto names it `index.py`."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        # A fixed date, so that the same code always has the same hash.
        writer.writestr(zipfile.ZipInfo("index.js", (2000, 1, 1, 0, 0, 0)), code)
    return archive.getvalue()


def fail_if_told(logical_id):
    if logical_id in failing:
        raise ResourceFailure(
            f'Resource handler returned message: "{logical_id} was told to fail" '
            f"(RequestToken: {uuid.uuid4()}, HandlerErrorCode: GeneralServiceException)"
        )


def refuse_place(kind, properties):
    """Lambda's refusal of an architecture or a runtime that the Region lacks, or of a subnet without free addresses."""
    if kind != "AWS::Lambda::Function":
        return
    if properties.get("Runtime") in missing_runtimes:
        refuse(
            f"Value {properties['Runtime']} at 'runtime' failed to satisfy constraint: Member must satisfy enum value "
            "set: [nodejs20.x, nodejs22.x] or be a valid ARN", 400,
        )
    for architecture in missing_architectures & set(properties.get("Architectures", [])):
        refuse(
            f'Architecture "{architecture}" is not supported in {place.REGION}. Please select "x86_64" or remove the '
            "Architectures value from your request and try again", 400,
        )
    if full_subnets & set(properties.get("VpcConfig", {}).get("SubnetIds", [])):
        refuse(
            "Lambda couldn't set up VPC access for the Lambda function because one or more configured subnets has no "
            "available IP addresses.", 502,
        )


def refuse(message, status):
    raise ResourceFailure(
        f'Resource handler returned message: "{message} (Service: Lambda, Status Code: {status}, Request ID: '
        f'{uuid.uuid4()})" (RequestToken: {uuid.uuid4()}, HandlerErrorCode: InvalidRequest)'
    )


def create(stack, resources, logical_id):
    fail_if_told(logical_id)
    definition = resources.definitions[logical_id]
    if definition["Type"] == "AWS::EKS::AccessEntry":
        return AccessEntry(stack, resources.resolve(definition)["Properties"])
    if definition["Type"] == "AWS::Lambda::EventInvokeConfig":
        properties = resources.resolve(definition)["Properties"]
        name = f"{properties['FunctionName']}|{properties['Qualifier']}"
        if find(definition["Type"], name) is not None:
            raise ResourceFailure(
                f"Resource handler returned message: \"Resource of type '{definition['Type']}' with identifier '{name}' "
                f'already exists." (RequestToken: {uuid.uuid4()}, HandlerErrorCode: AlreadyExists)'
            )
        return EventConfig(properties)
    if resource_class_from_type(definition["Type"]) is None:
        return Untracked(logical_id, definition, stack)
    # Resolved first: moto leaves a `None` in a list where CloudFormation drops `AWS::NoValue`.
    plain = resources.resolve({key: value for key, value in definition.items() if key != "Condition"})
    refuse_place(plain["Type"], plain.get("Properties", {}))
    try:
        resource = parse_and_create_resource(logical_id, plain, resources, stack.account_id, stack.region_name)
    except Exception as error:
        raise ResourceFailure(f'Resource handler returned message: "{error}"') from error
    complete(resource, definition["Type"], resources.resolve(definition).get("Properties", {}), stack)
    return resource


def complete(resource, kind, properties, stack):
    """Sets the properties that moto ignores."""
    if kind == "AWS::Lambda::Function":
        resource.tags = {tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags", [])}
        resource.architectures = properties.get("Architectures", ["x86_64"])
    if kind == "AWS::Logs::LogGroup":
        # moto keeps and returns the days as text.
        days = properties.get("RetentionInDays")
        resource.set_retention_policy(None if days is None else int(days))
    if kind == "AWS::IAM::Role":
        backend = place.iam()
        resource.policies_of_stack = properties.get("ManagedPolicyArns", [])
        for arn in resource.policies_of_stack:
            backend.attach_role_policy(arn, resource.name)
        # moto stores a new role's documents as Python prints them.
        for policy in properties.get("Policies", []):
            resource.put_policy(policy["PolicyName"], json.dumps(policy["PolicyDocument"]))


def is_replacement(old, new):
    """True if the update replaces the resource. `old` and `new` are resolved definitions."""
    if old["Type"] != new["Type"]:
        return True
    before, after = old.get("Properties", {}), new.get("Properties", {})
    return any(before.get(name) != after.get(name) for name in REPLACED_BY.get(new["Type"], ()))


def update(stack, resource, logical_id, definition):
    """Updates the resource in place to the resolved definition, and returns it."""
    fail_if_told(logical_id)
    refuse_place(definition["Type"], definition.get("Properties", {}))
    resource = present(definition["Type"], resource)
    force(stack, resource, definition)
    return resource


def force(stack, resource, definition):
    kind, properties = definition["Type"], definition.get("Properties", {})
    if kind == "AWS::Lambda::Function":
        resource.update_configuration({**FUNCTION_DEFAULTS, **properties})
        code = dict(properties["Code"])
        if "ZipFile" in code:
            code["ZipFile"] = base64.b64encode(zip_of_inline_code(code["ZipFile"]))
        # What is in the bucket is copied only if the template names another place.
        if place_of(code) != place_of(resource.code) or "ZipFile" in code:
            resource.update_function_code(code)
    elif kind == "AWS::IAM::Role":
        document = properties["AssumeRolePolicyDocument"]
        resource.assume_role_policy_document = document if isinstance(document, str) else json.dumps(document)
        resource.description = properties.get("Description", "")
        resource.max_session_duration = properties.get("MaxSessionDuration", 3600)
        for name in list(resource.policies):
            resource.delete_policy(name)
        for policy in properties.get("Policies", []):
            resource.put_policy(policy["PolicyName"], json.dumps(policy["PolicyDocument"]))
        for policy in list(resource.managed_policies.values()):
            policy.detach_from(resource)
    elif kind in OWN_TYPES:
        resource.update(properties)
    complete(resource, kind, properties, stack)


def place_of(code):
    return [code.get(name) for name in ("S3Bucket", "S3Key", "S3ObjectVersion")]


def delete(stack, resource, definition):
    if definition.get("DeletionPolicy") in ("Retain", "RetainExceptOnCreate"):
        return
    try:
        resource = present(definition["Type"], resource)
    except ResourceFailure:
        # CloudFormation treats the resource as deleted.
        return
    # One that someone else attached is in the way.
    for arn in getattr(resource, "policies_of_stack", []):
        if arn in resource.managed_policies:
            resource.managed_policies[arn].detach_from(resource)
    try:
        resource.delete(stack.account_id, stack.region_name)
    except (TypeError, AttributeError):
        parse_and_delete_resource(
            resource.physical_resource_id, json.loads(json.dumps(definition)), stack.account_id, stack.region_name
        )
