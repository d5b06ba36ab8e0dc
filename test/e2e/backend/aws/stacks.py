"""CloudFormation's engine: deploys a template to a stack, and rolls back when a resource fails."""

from moto.cloudformation.models import Event
from moto.cloudformation.parsing import OutputMap

import resources as one
from resources import ResourceFailure
from resource_map import in_order, load


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
            replaced = settle(stack, resources, logical_id, undo)
        except ResourceFailure as failure:
            status, reason = failure.args
            kind = resources.definitions[logical_id]["Type"]
            event(stack, logical_id, kind, "", status, reason)
            roll_back(stack, undo, before, logical_id, first)
            return
        if replaced:
            before[f"{logical_id} (replaced)"] = replaced
    stack.template_dict = document
    stack.parameters = parameters
    stack.resource_map = resources
    if not first:
        stack_event(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    for logical_id, old in reversed(list(before.items())):
        if logical_id not in resources.definitions:
            remove(stack, logical_id.removesuffix(" (replaced)"), old)
            live(stack).pop(logical_id, None)
    stack.output_map = OutputMap(resources, document, stack.stack_id)
    stack_event(stack, f"{verb}_COMPLETE")


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


def remove(stack, logical_id, old):
    kind = old.resolved["Type"]
    event(stack, logical_id, kind, old.physical_id, "DELETE_IN_PROGRESS")
    tell_failure(stack, logical_id, old, "DELETE_FAILED", lambda: one.fail_if_told(f"{logical_id} DELETE"))
    one.delete(stack, old.resource, old.resolved)
    event(stack, logical_id, kind, old.physical_id, "DELETE_COMPLETE")


def remove_made(stack, logical_id, new, old):
    remove(stack, logical_id, new)
    live(stack).pop(logical_id)
    if old:
        live(stack)[logical_id] = old


def roll_back(stack, undo, before, failed, first):
    verb = "create" if first else "update"
    reason = f"The following resource(s) failed to {verb}: [{failed}]. "
    if first:
        stack_event(stack, "ROLLBACK_IN_PROGRESS", f"{reason}Rollback requested by user.")
    else:
        stack_event(stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason)
    try:
        for step in reversed(undo):
            step()
    except ResourceFailure:
        reason = "One or more resources could not be rolled back."
        stack_event(stack, "ROLLBACK_FAILED" if first else "UPDATE_ROLLBACK_FAILED", reason)
        return
    if not first:
        stack_event(stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        stack.live = {logical_id: live(stack)[logical_id] for logical_id in before if logical_id in live(stack)}
    stack_event(stack, "ROLLBACK_COMPLETE" if first else "UPDATE_ROLLBACK_COMPLETE")


def tear_down(stack):
    stack_event(stack, "DELETE_IN_PROGRESS", "User Initiated")
    stuck = []
    for logical_id, old in reversed(list(live(stack).items())):
        try:
            remove(stack, logical_id, old)
            del live(stack)[logical_id]
        except ResourceFailure:
            stuck.append(logical_id)
    if stuck:
        stack_event(stack, "DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(stuck)}]. ")
    else:
        stack_event(stack, "DELETE_COMPLETE")
