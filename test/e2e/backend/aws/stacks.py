"""CloudFormation's engine: deploys a template to a stack, and rolls back when a resource fails."""

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import Event
from moto.cloudformation.parsing import OutputMap

import custom
import exports
import resources as one
from resources import ResourceFailure
from resource_map import in_order, load, references


def event(stack, logical_id, kind, physical_id, status, reason=None):
    stack.events.append(
        Event(stack.stack_id, stack.name, logical_id, physical_id or "", kind, status, reason, None)
    )


def stack_event(stack, status, reason=None):
    stack.status = status
    stack.status_reason = reason
    event(stack, stack.name, "AWS::CloudFormation::Stack", stack.stack_id, status, reason)


class Live:
    """A resource that exists, with its resolved definition."""

    def __init__(self, resource, resolved):
        self.resource = resource
        self.resolved = resolved

    @property
    def physical_id(self):
        return getattr(self.resource, "physical_resource_id", "")


def live(stack):
    """The stack's existing resources, in order of creation."""
    if not hasattr(stack, "live"):
        stack.live = {}
    return stack.live


def undrifted(stack):
    """The stack's resources that still exist, with changes made outside of CloudFormation."""
    kept = {}
    for logical_id, old in live(stack).items():
        try:
            found = one.present(old.resolved["Type"], old.resource)
        except ResourceFailure:
            continue
        kept[logical_id] = Live(found, one.as_it_is(found, old.resolved))
    return kept


def deploy(stack, document, parameters, first):
    """Creates (`first`) or updates a stack. Rolls back on a failure and records its reason in the events."""
    verb = "CREATE" if first else "UPDATE"
    stack_event(stack, f"{verb}_IN_PROGRESS", "User Initiated")
    resources = load(stack, document, parameters)
    if first:
        # DescribeStacks shows the parameters of a stack whose creation failed, too.
        stack.resource_map = resources
    before = dict(live(stack))
    undo = []
    for logical_id in in_order(resources.definitions):
        try:
            settled = settle_custom if custom.is_custom(resources.definitions[logical_id]["Type"]) else settle
            replaced = settled(stack, resources, logical_id, undo)
        except ResourceFailure as failure:
            status, reason = failure.args
            kind = resources.definitions[logical_id]["Type"]
            event(stack, logical_id, kind, getattr(before.get(logical_id), "physical_id", ""), status, reason)
            roll_back(stack, undo, before, logical_id, first)
            return
        if replaced:
            before[f"{logical_id} (replaced)"] = replaced
    for old in live(stack).values():
        old.resource.masked = True
    try:
        outputs = OutputMap(resources, document, stack.stack_id)
        # An output whose condition does not hold is None.
        [shown.value for shown in outputs.values() if shown]
        exported = exports.of(outputs)
        exports.refuse(stack, {name: one.value for name, one in exported.items()})
    except (ResourceFailure, ValidationError) as failure:
        roll_back(stack, undo, before, None, first, f"{getattr(failure, 'message', failure)}. ")
        return
    finally:
        for old in live(stack).values():
            old.resource.masked = False
    stack.template_dict = document
    stack.parameters = parameters
    stack.resource_map = resources
    stack.imported = exports.imports(document, resources)
    if not first:
        stack_event(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    unneeded = [
        (logical_id.removesuffix(" (replaced)"), old)
        for logical_id, old in reversed(list(before.items())) if logical_id not in resources.definitions
    ]
    left = clean_up([lambda one=one: remove(stack, *one) for one in unneeded])
    for logical_id, _ in unneeded:
        if logical_id not in resources.definitions:
            live(stack).pop(logical_id, None)
    stack.output_map = outputs
    exports.publish(stack, exported)
    stack_event(stack, f"{verb}_COMPLETE", NOT_DELETED if left else None)


def settle(stack, resources, logical_id, undo):
    """Creates or updates one resource. Returns the resource that it replaced, to be deleted at the end."""
    definition = resources.definitions[logical_id]
    kind = definition["Type"]
    resolved = resources.resolve(definition)
    old = live(stack).get(logical_id)
    if old and not one.is_replacement(old.resolved, resolved):
        resources.put(logical_id, old.resource)
        if old.resolved != resolved:
            event(stack, logical_id, kind, old.physical_id, "UPDATE_IN_PROGRESS")
            undo.append(lambda: restore(stack, logical_id, old))
            resource = attempt("UPDATE_FAILED", lambda: one.update(stack, old.resource, logical_id, resolved))
            resources.put(logical_id, resource)
            live(stack)[logical_id] = Live(resource, resolved)
            event(stack, logical_id, kind, old.physical_id, "UPDATE_COMPLETE")
        return None
    if old:
        reason = "Requested update requires the creation of a new physical resource; hence creating one."
        event(stack, logical_id, kind, old.physical_id, "UPDATE_IN_PROGRESS", reason)
    else:
        event(stack, logical_id, kind, "", "CREATE_IN_PROGRESS")
    failed = "UPDATE_FAILED" if old else "CREATE_FAILED"
    resource = attempt(failed, lambda: one.create(stack, resources, logical_id))
    resources.put(logical_id, resource)
    new = Live(resource, resolved)
    live(stack)[logical_id] = new
    undo.append(lambda: remove_made(stack, logical_id, new, old))
    event(stack, logical_id, kind, new.physical_id, "UPDATE_COMPLETE" if old else "CREATE_COMPLETE")
    return old


def settle_custom(stack, resources, logical_id, undo):
    """Sends a Create or an Update. Returns the resource that it replaced, to be deleted at the end."""
    definition = resources.definitions[logical_id]
    kind = definition["Type"]
    resolved = resources.resolve(definition)
    properties = custom.texts(resolved.get("Properties", {}))
    resolved["Properties"] = properties
    old = live(stack).get(logical_id)
    if old and old.resolved["Properties"] == properties:
        resources.put(logical_id, old.resource)
        return None
    before = old.resolved["Properties"] if old else None
    verb = "UPDATE" if old else "CREATE"
    event(stack, logical_id, kind, old and old.physical_id, f"{verb}_IN_PROGRESS")
    try:
        one.fail_if_told(logical_id)
        if old and before.get("ServiceToken") != properties.get("ServiceToken"):
            raise custom.Refused("Modifying service token is not allowed.")
        asked = ("Update" if old else "Create", logical_id, kind, properties, old and old.physical_id, before)
        resource = custom.ask(stack, *asked)
    except (custom.Refused, ResourceFailure) as failure:
        sent = getattr(failure, "physical_id", None)
        if sent:
            kept = custom.CustomResource(logical_id, kind, old.physical_id if old else sent)
            undo.append(undoing(stack, logical_id, Live(kept, resolved), old))
        raise ResourceFailure(f"{verb}_FAILED", str(failure)) from failure
    new = Live(resource, resolved)
    resources.put(logical_id, resource)
    live(stack)[logical_id] = new
    undo.append(undoing(stack, logical_id, new, old))
    if old is None:
        event(stack, logical_id, kind, new.physical_id, "CREATE_IN_PROGRESS", "Resource creation Initiated")
    elif old.physical_id != new.physical_id:
        reason = "Requested update required the provider to create a new physical resource"
        event(stack, logical_id, kind, new.physical_id, "UPDATE_IN_PROGRESS", reason)
    event(stack, logical_id, kind, new.physical_id, f"{verb}_COMPLETE")
    if old is None or old.physical_id == new.physical_id:
        return None
    return Live(old.resource, {**old.resolved, "DeletionPolicy": definition.get("UpdateReplacePolicy")})


def undoing(stack, logical_id, new, old):
    """A step of a rollback. It returns what is left for the cleanup, if anything."""

    def delete():
        remove(stack, logical_id, new, retaining=("Retain",))
        if old is None:
            live(stack).pop(logical_id, None)

    def put_back():
        if old is None and not stack.status.startswith("UPDATE"):
            return delete()
        if old is None:
            return delete
        live(stack)[logical_id] = old
        if old.physical_id != new.physical_id:
            return delete
        before, after = old.resolved["Properties"], new.resolved["Properties"]
        kind = old.resolved["Type"]
        event(stack, logical_id, kind, old.physical_id, "UPDATE_IN_PROGRESS")
        try:
            resource = custom.ask(stack, "Update", logical_id, kind, before, old.physical_id, after)
        except custom.Refused as failure:
            event(stack, logical_id, kind, old.physical_id, "UPDATE_FAILED", str(failure))
            raise ResourceFailure(str(failure)) from failure
        live(stack)[logical_id] = Live(resource, old.resolved)
        event(stack, logical_id, kind, resource.physical_resource_id, "UPDATE_COMPLETE")
        return None

    return put_back


def attempt(status, work):
    try:
        return work()
    except Exception as error:
        raise ResourceFailure(status, str(error)) from error


def tell_failure(stack, logical_id, old, status, work):
    try:
        work()
    except ResourceFailure as failure:
        event(stack, logical_id, old.resolved["Type"], old.physical_id, status, str(failure))
        raise


def restore(stack, logical_id, old):
    kind = old.resolved["Type"]
    event(stack, logical_id, kind, old.physical_id, "UPDATE_IN_PROGRESS")
    tell_failure(stack, logical_id, old, "UPDATE_FAILED", lambda: one.fail_if_told(f"{logical_id} ROLLBACK"))
    one.force(stack, old.resource, old.resolved)
    live(stack)[logical_id] = old
    event(stack, logical_id, kind, old.physical_id, "UPDATE_COMPLETE")


RETAINING = ("Retain", "RetainExceptOnCreate")


def remove(stack, logical_id, old, retaining=RETAINING):
    kind = old.resolved["Type"]
    if custom.is_custom(kind) and old.resolved.get("DeletionPolicy") in retaining:
        event(stack, logical_id, kind, old.physical_id, "DELETE_SKIPPED")
        return
    event(stack, logical_id, kind, old.physical_id, "DELETE_IN_PROGRESS")
    tell_failure(stack, logical_id, old, "DELETE_FAILED", lambda: one.fail_if_told(f"{logical_id} DELETE"))
    if custom.is_custom(kind):
        tell_failure(stack, logical_id, old, "DELETE_FAILED", lambda: remove_custom(stack, logical_id, old))
    else:
        one.delete(stack, old.resource, old.resolved)
    event(stack, logical_id, kind, old.physical_id, "DELETE_COMPLETE")


def remove_custom(stack, logical_id, old):
    kind, properties = old.resolved["Type"], old.resolved["Properties"]
    try:
        custom.ask(stack, "Delete", logical_id, kind, properties, old.physical_id)
    except custom.Refused as failure:
        raise ResourceFailure(str(failure)) from failure


NOT_DELETED = "Update successful. One or more resources could not be deleted."


def clean_up(steps):
    """
    Tries what deletes a resource three times, as CloudFormation does, and returns what fails.
    Source: "Resource removed from stack but not deleted" in the CloudFormation User Guide, Troubleshooting.
    """
    for _ in range(3):
        steps = [step for step in steps if fails(step)]
    return steps


def fails(step):
    try:
        step()
    except ResourceFailure:
        return True
    return False


def remove_made(stack, logical_id, new, old):
    remove(stack, logical_id, new)
    live(stack).pop(logical_id)
    if old:
        live(stack)[logical_id] = old


def roll_back(stack, undo, before, failed, first, why=None):
    verb = "create" if first else "update"
    reason = why or f"The following resource(s) failed to {verb}: [{failed}]. "
    if first:
        stack_event(stack, "ROLLBACK_IN_PROGRESS", f"{reason}Rollback requested by user.")
    else:
        stack_event(stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason)
    begun = len(stack.events)
    left, failures = [], 0
    for step in reversed(undo):
        try:
            left.append(step())
        except ResourceFailure:
            failures += 1
    if failures:
        stuck = {one.logical_resource_id: None for one in stack.events[begun:] if one.resource_status.endswith("_FAILED")}
        reason = f"The following resource(s) failed to {'delete' if first else 'update'}: [{', '.join(stuck)}]. "
        stack_event(stack, "ROLLBACK_FAILED" if first else "UPDATE_ROLLBACK_FAILED", reason)
        return
    left = [later for later in left if later]
    if not first:
        stack_event(stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        clean_up(left)
        stack.live = {logical_id: live(stack)[logical_id] for logical_id in before if logical_id in live(stack)}
    stack_event(stack, "ROLLBACK_COMPLETE" if first else "UPDATE_ROLLBACK_COMPLETE")


def needs(stack, logical_id):
    """The logical ids that a resource depends on: they stay if it does."""
    definition = stack.resource_map.definitions.get(logical_id, {})
    explicit = definition.get("DependsOn") or []
    return [*([explicit] if isinstance(explicit, str) else explicit), *references(definition)]


def tear_down(stack):
    before = stack.status
    stack_event(stack, "DELETE_IN_PROGRESS", "User Initiated")
    held = exports.held(stack)
    if held:
        stack_event(stack, before, held)
        return
    stuck, held = [], set()
    for logical_id, old in reversed(list(live(stack).items())):
        if logical_id in held:
            held.update(needs(stack, logical_id))
            continue
        try:
            remove(stack, logical_id, old)
            del live(stack)[logical_id]
        except ResourceFailure:
            stuck.append(logical_id)
            held.update(needs(stack, logical_id))
    if stuck:
        stack_event(stack, "DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(stuck)}]. ")
    else:
        exports.withdraw(stack)
        stack_event(stack, "DELETE_COMPLETE")
