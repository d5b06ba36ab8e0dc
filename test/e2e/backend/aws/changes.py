"""CloudFormation's API for change sets and stacks, instead of moto's, with the errors of the service."""

import functools
import re
import threading
import uuid
from copy import copy

from moto.cloudformation.exceptions import AlreadyExistsException, CloudFormationError, ValidationError
from moto.cloudformation.models import CloudFormationBackend
from moto.cloudformation.responses import CloudFormationResponse
from moto.cloudformation.utils import generate_changeset_id
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow

import exports
import stacks
from resources import NAMED_BY, REPLACED_BY, find, unknown_parameters
from stack_request import Request, existing, new_stack, new_stack_for_checks, refuse_unstable
from resource_map import in_order, load, references
from template import TransformFailed

PAGE_SIZE = 100
NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
EARLY_VALIDATION = (
    "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]. To troubleshoot Early "
    "Validation errors, use the DescribeEvents API for detailed failure information."
)


class ChangeSetNotFound(CloudFormationError):
    code = "ChangeSetNotFound"


class InvalidChangeSetStatus(CloudFormationError):
    code = "InvalidChangeSetStatus"


class ChangeSet:
    """A change set, as DescribeChangeSet shows it and ExecuteChangeSet executes it."""

    def __init__(self, **fields):
        self.__dict__.update(fields)
        self.creation_time = utcnow()
        self.changes = []
        self.validation_errors = []
        self.document = None
        self.status, self.execution_status, self.status_reason = "CREATE_COMPLETE", "AVAILABLE", None

    def fail(self, reason):
        self.status, self.execution_status, self.status_reason = "FAILED", "UNAVAILABLE", reason


def refuse_kind(kind, change_set_name, stack_name, stack):
    """Refuses an update of a stack that does not exist, and the creation of one that does."""
    if kind == "UPDATE":
        if stack is None:
            raise ValidationError(message=f"Stack [{stack_name}] does not exist")
        refuse_unstable(stack)
    elif stack is not None and stack.status != "REVIEW_IN_PROGRESS":
        raise ValidationError(
            message=f"Stack [{stack_name}] already exists and cannot be created again with the changeSet [{change_set_name}]."
        )


def create_change_set(self):
    name = self._get_param("ChangeSetName")
    kind = self._get_param("ChangeSetType", "UPDATE")
    if not re.fullmatch(r"[a-zA-Z][-a-zA-Z0-9]{0,127}", name):
        raise ValidationError(
            message=f"1 validation error detected: Value '{name}' at 'changeSetName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )
    request = Request(self)
    backend = request.backend
    refuse_kind(kind, name, request.name, request.stack)
    failure = None
    try:
        document = request.require(created_by_change_set=True)
    except TransformFailed as error:
        document, failure = None, str(error)
    # The transform takes a while, in which another request may have created the stack.
    with writing:
        stack = existing(backend, request.name)
        refuse_kind(kind, name, request.name, stack)
        if stack is None:
            load(new_stack_for_checks(request), document, request.parameters) if document else None
            stack = new_stack(backend, request.name, request.tags, request.role_arn)
            stacks.stack_event(stack, "REVIEW_IN_PROGRESS", "User Initiated")
        elif any(other.stack is stack and other.change_set_name == name for other in backend.change_sets.values()):
            raise AlreadyExistsException(f"ChangeSet {name} already exists")
    change_set = ChangeSet(
        change_set_id=generate_changeset_id(name, backend.region_name, backend.account_id), change_set_name=name,
        change_set_type=kind, stack=stack, stack_id=stack.stack_id, stack_name=stack.name, template=request.body,
        parameters=request.parameters, description=request.description, tags=request.tags, role_arn=request.role_arn,
        notification_arns=[], capabilities=request.capabilities,
    )
    change_set.document = document
    change_set.deployment_mode = None if "DeploymentMode" in unknown_parameters else self._get_param("DeploymentMode")
    change_set.reverts_drift = change_set.deployment_mode == "REVERT_DRIFT"
    if failure:
        change_set.fail(failure)
    else:
        examine(change_set, kind == "UPDATE" and request.is_unchanged(document))
    backend.change_sets[change_set.change_set_id] = change_set
    return ActionResult({"Id": change_set.change_set_id, "StackId": stack.stack_id})


def examine(change_set, is_unchanged):
    """Computes the changes of the change set, or its failure reason."""
    stack = change_set.stack
    old = stacks.undrifted(stack) if change_set.reverts_drift else stacks.live(stack)
    resources = load(stack, change_set.document, change_set.parameters)
    change_set.changes = changes(old, resources)
    change_set.validation_errors = name_conflicts(stack, resources)
    missing = exports.missing(stack, change_set.document, resources)
    if missing:
        change_set.fail(f"No export named {missing[0]} found.")
    elif change_set.validation_errors:
        change_set.fail(EARLY_VALIDATION)
    elif is_unchanged and not (change_set.reverts_drift and change_set.changes):
        change_set.fail(NO_CHANGES)


def name_conflicts(stack, resources):
    """
    Checks that no resource name is taken, as CloudFormation does before it creates anything. Results are as in
    DescribeEvents.
    """
    about = {"StackId": stack.stack_id, "OperationId": str(uuid.uuid4()), "OperationType": "CREATE_CHANGESET"}
    failed = {"ValidationName": "NAME_CONFLICT_VALIDATION", "ValidationFailureMode": "FAIL", "ValidationStatus": "FAILED"}
    found = []
    for logical_id in in_order(resources.definitions):
        definition = resources.definitions[logical_id]
        kind, properties = definition["Type"], definition.get("Properties", {})
        parts = NAMED_BY.get(kind)
        if parts is None or any(cause not in stacks.live(stack) for cause in resource_references(properties, parts, resources)):
            continue
        named = resources.resolve({part: properties.get(part) for part in parts})
        if len(named) < len(parts):
            continue
        name = "|".join(named[part] for part in parts)
        old = stacks.live(stack).get(logical_id)
        if (old is None or old.physical_id != name) and find(kind, name) is not None:
            found.append({
                **about, **failed, "EventId": str(uuid.uuid4()), "EventType": "VALIDATION_ERROR", "Timestamp": utcnow(),
                "LogicalResourceId": logical_id, "PhysicalResourceId": "", "ResourceType": kind,
                "ValidationStatusReason": f"Resource of type '{kind}' with identifier '{name}' already exists.",
                "ValidationPath": f"/Resources/{logical_id}",
            })
    return found


def resource_references(properties, parts, resources):
    return [one for part in parts for one in references(properties.get(part)) if one in resources.definitions]


def change(action, logical_id, kind, physical_id=None, **more):
    named = {"PhysicalResourceId": physical_id} if physical_id else {}
    about = {"Action": action, "LogicalResourceId": logical_id, "ResourceType": kind, **named, **more}
    return {"Type": "Resource", "ResourceChange": about}


def changes(old, resources):
    """The changes of the change set, in order of execution."""
    new = resources.definitions
    for logical_id, live in old.items():
        resources.put(logical_id, live.resource)
    listed, changing = [], set()
    for logical_id in in_order(new):
        kind = new[logical_id]["Type"]
        if logical_id not in old:
            listed.append(change("Add", logical_id, kind))
            changing.add(logical_id)
            continue
        details = differences(old[logical_id].resolved, new[logical_id], resources, changing)
        if details:
            about = {"Replacement": replacement(details), "Scope": ["Properties"], "Details": details}
            listed.append(change("Modify", logical_id, kind, old[logical_id].physical_id, **about))
            changing.add(logical_id)
    return listed + [
        change("Remove", logical_id, live.resolved["Type"], live.physical_id, PolicyAction="Delete")
        for logical_id, live in old.items() if logical_id not in new
    ]


def differences(old, new, resources, changing):
    """Properties that differ, or that depend on an attribute of a resource that changes."""
    before, after = old.get("Properties", {}), new.get("Properties", {})
    found = []
    for name in [*before, *(name for name in after if name not in before)]:
        causes = [cause for cause in references(after.get(name)) if cause in changing]
        if causes:
            source = {"ChangeSource": "ResourceAttribute", "CausingEntity": causes[0], "Evaluation": "Dynamic"}
        elif resources.resolve({name: after[name]} if name in after else {}).get(name) != before.get(name):
            source = {"Evaluation": "Static"}
        else:
            continue
        again = "Always" if name in REPLACED_BY.get(new["Type"], ()) else "Never"
        found.append({"Target": {"Attribute": "Properties", "Name": name, "RequiresRecreation": again}, **source})
    return found


def replacement(details):
    always = [one["Evaluation"] for one in details if one["Target"]["RequiresRecreation"] == "Always"]
    return "True" if "Static" in always else "Conditional" if always else "False"


def found(response):
    name, stack_name = response._get_param("ChangeSetName"), response._get_param("StackName")
    for change_set in response.cloudformation_backend.change_sets.values():
        stack = change_set.stack
        if name == change_set.change_set_id:
            return change_set
        if name == change_set.change_set_name and stack_name in (stack.name, stack.stack_id):
            return change_set
    raise ChangeSetNotFound(f"ChangeSet [{name}] does not exist")


def describe_change_set(self):
    page = copy(found(self))
    page.changes, page.next_token = paged(self, page.changes)
    return ActionResult(page)


def paged(self, items):
    """One page of `items` from NextToken on, and the next token, or None."""
    start = int(self._get_param("NextToken") or 0)
    end = start + PAGE_SIZE
    return items[start:end], str(end) if end < len(items) else None


def list_stack_resources(self):
    name = self._get_param("StackName")
    stack = existing(self.cloudformation_backend, name)
    if stack is None:
        raise ValidationError(message=f"Stack with id {name} does not exist")
    # What was replaced has another physical id.
    latest = {
        one.logical_resource_id: one for one in stack.events
        if one.physical_resource_id in ("", getattr(stacks.live(stack).get(one.logical_resource_id), "physical_id", ""))
    }
    summaries = [
        {
            "LogicalResourceId": logical_id, "PhysicalResourceId": live.physical_id,
            "ResourceType": live.resolved["Type"], "ResourceStatus": latest[logical_id].resource_status,
            "LastUpdatedTimestamp": latest[logical_id].timestamp,
        }
        for logical_id, live in stacks.live(stack).items()
    ]
    page, token = paged(self, summaries)
    return ActionResult({"StackResourceSummaries": page, **({"NextToken": token} if token else {})})


def list_change_sets(self):
    stack = existing(self.cloudformation_backend, self._get_param("StackName"))
    if stack is None:
        raise ValidationError(message=f"Stack [{self._get_param('StackName')}] does not exist")
    sets = self.cloudformation_backend.change_sets.values()
    return ActionResult({"Summaries": [one for one in sets if one.stack is stack]})


def list_imports(self):
    name = self._get_param("ExportName")
    importers = exports.users(name)
    if not importers:
        raise ValidationError(message=f"Export '{name}' is not imported by any stack.")
    page, token = paged(self, importers)
    return ActionResult({"Imports": page, **({"NextToken": token} if token else {})})


def delete_change_set(self):
    change_set = found(self)
    del self.cloudformation_backend.change_sets[change_set.change_set_id]
    return EmptyResult()


def execute_change_set(self):
    change_set = found(self)
    if change_set.execution_status != "AVAILABLE":
        raise InvalidChangeSetStatus(
            f"ChangeSet [{change_set.change_set_id}] cannot be executed in its current status of [{change_set.status}]"
        )
    stack = change_set.stack
    change_set.execution_status = "EXECUTE_IN_PROGRESS"
    if change_set.reverts_drift:
        stack.live = stacks.undrifted(stack)
    deploy(stack, change_set, change_set.document)
    change_set.execution_status = "EXECUTE_COMPLETE"
    sets = self.cloudformation_backend.change_sets
    for other in [other for other in sets.values() if other.stack is stack and other is not change_set]:
        del sets[other.change_set_id]
    return EmptyResult()


def deploy(stack, wanted, document):
    """Deploys `wanted`, a change set or a request, and stores it with the stack."""
    first = stack.status in ("REVIEW_IN_PROGRESS", "CREATE_PENDING")
    old_tags, stack.tags = stack.tags, wanted.tags
    stacks.deploy(stack, document, wanted.parameters, first)
    if "ROLLBACK" in stack.status and not first:
        stack.tags = old_tags
        return
    stack.template = wanted.template if hasattr(wanted, "template") else wanted.body
    stack.role_arn = wanted.role_arn or stack.role_arn
    stack.description = document.get("Description")
    if first:
        stack.template_dict, stack.parameters = document, wanted.parameters


def create_stack(self):
    request = Request(self)
    if request.stack is not None and request.stack.status != "DELETE_COMPLETE":
        raise AlreadyExistsException(f"Stack [{request.name}] already exists")
    document = request.require(created_by_change_set=False)
    load(new_stack_for_checks(request), document, request.parameters)
    stack = new_stack(request.backend, request.name, request.tags, request.role_arn)
    deploy(stack, request, document)
    return ActionResult({"StackId": stack.stack_id})


def update_stack(self):
    request = Request(self)
    if request.stack is None:
        raise ValidationError(message=f"Stack [{request.name}] does not exist")
    refuse_unstable(request.stack)
    document = request.require(created_by_change_set=False)
    if request.is_unchanged(document):
        raise ValidationError(message="No updates are to be performed.")
    deploy(request.stack, request, document)
    return ActionResult({"StackId": request.stack.stack_id})


def delete_stack(self):
    backend = self.cloudformation_backend
    name = self._get_param("StackName")
    stack = existing(backend, name)
    if stack and stack.status != "DELETE_COMPLETE":
        if stack.enable_termination_protection:
            raise ValidationError(message=f"Stack [{name}] cannot be deleted while TerminationProtection is enabled")
        stacks.tear_down(stack)
        if stack.status != "DELETE_COMPLETE":
            return EmptyResult()
        backend.deleted_stacks[stack.stack_id] = backend.stacks.pop(stack.stack_id)
        for key in [key for key, change_set in backend.change_sets.items() if change_set.stack is stack]:
            del backend.change_sets[key]
    return EmptyResult()


def describe_stack_events(self, stack_name):
    stack = existing(self, stack_name)
    if stack is None:
        raise ValidationError(message=f"Stack [{stack_name}] does not exist")
    return stack.events


def describe_events(self):
    name = self._get_param("StackName")
    if name is None and not str(self._get_param("ChangeSetName")).startswith("arn:"):
        raise ValidationError(message="One of ChangeSetName, OperationId or StackName must be specified")
    if self._get_param("ChangeSetName"):
        events = found(self).validation_errors
    else:
        events = [shown_event(one) for one in reversed(describe_stack_events(self.cloudformation_backend, name))]
    if self._get_bool_param("Filters.FailedEvents", False):
        events = [one for one in events if (one.get("ValidationStatus") or one["ResourceStatus"]).endswith("FAILED")]
    page, token = paged(self, events)
    return ActionResult({"OperationEvents": page, **({"NextToken": token} if token else {})})


def shown_event(one):
    reason = {"ResourceStatusReason": one.resource_status_reason} if one.resource_status_reason else {}
    return {
        "EventId": one.event_id, "StackId": one.stack_id, "EventType": "STACK_EVENT", "Timestamp": one.timestamp,
        "LogicalResourceId": one.logical_resource_id, "PhysicalResourceId": one.physical_resource_id,
        "ResourceType": one.resource_type, "ResourceStatus": one.resource_status, **reason,
    }


def update_termination_protection(self):
    name = self._get_param("StackName")
    stack = existing(self.cloudformation_backend, name)
    if stack is None:
        raise ValidationError(message=f"Stack [{name}] does not exist")
    stack.enable_termination_protection = self._get_bool_param("EnableTerminationProtection")
    return ActionResult({"StackId": stack.stack_id})


writing = threading.RLock()


def alone(call):
    """
    Lets one operation at a time write to a stack, as CloudFormation does. moto's server has a thread for each request.
    """

    @functools.wraps(call)
    def locked(self):
        with writing:
            return call(self)

    return locked


def install():
    # moto's change has neither `Replacement` nor `PhysicalResourceId`.
    del CloudFormationResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER["DescribeChangeSetOutput.Changes"]
    for call in (create_change_set, describe_change_set, list_stack_resources, list_change_sets, list_imports,
                 delete_change_set, describe_events, update_termination_protection):
        setattr(CloudFormationResponse, call.__name__, call)
    for call in (execute_change_set, create_stack, update_stack, delete_stack):
        setattr(CloudFormationResponse, call.__name__, alone(call))
    CloudFormationBackend.describe_stack_events = describe_stack_events
