"""
Exports of stacks, and those who import them.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
"""

from moto.cloudformation.exceptions import ValidationError

import place


def imports(value, resources):
    """The names of the exports that a part of a template imports."""
    if isinstance(value, list):
        return [name for item in value for name in imports(item, resources)]
    if not isinstance(value, dict):
        return []
    own = [resources.resolve(value["Fn::ImportValue"])] if "Fn::ImportValue" in value else []
    return own + [name for item in value.values() for name in imports(item, resources)]


def missing(stack, document, resources):
    """The names of imports that no stack exports."""
    return [name for name in imports(document, resources) if name not in stack.cross_stack_resources]


def refuse(stack, exports):
    """Refuses an export that another stack has, and to change or remove one that is in use. `exports`: new values by name."""
    for name in exports:
        other = stack.cross_stack_resources.get(name)
        if other and other.exporting_stack_id != stack.stack_id:
            exporter = place.stacks()[other.exporting_stack_id].name
            raise ValidationError(message=f"Export with name {name} is already exported by stack {exporter}")
    for name, old in own(stack).items():
        if users(name) and exports.get(name) != old.value:
            raise ValidationError(message=in_use("update" if name in exports else "delete", name))


def users(name):
    return [other.name for other in place.stacks().values() if name in getattr(other, "imported", [])]


def in_use(verb, name):
    return f"Cannot {verb} export {name} as it is in use by {', '.join(users(name))}"


def held(stack):
    """Why the stack cannot be deleted, if one of its exports is in use. Source: aws-cdk, issues 604 and 33395."""
    return next((f"Delete canceled. {in_use('delete', name)}." for name in own(stack) if users(name)), None)


def own(stack):
    exports = stack.cross_stack_resources
    return {name: one for name, one in exports.items() if one.exporting_stack_id == stack.stack_id}


def of(outputs):
    """The exports of outputs, by name. moto does not look at their conditions."""
    made = {one.name: one for one in outputs.exports}
    shown = [outputs._output_json_map[key].get("Export", {}).get("Name") for key, output in outputs.items() if output]
    return {name: made[name] for name in [outputs._resource_map.resolve(one) for one in shown if one]}


def publish(stack, exports):
    withdraw(stack)
    stack.cross_stack_resources.update(exports)


def withdraw(stack):
    for name in own(stack):
        del stack.cross_stack_resources[name]
