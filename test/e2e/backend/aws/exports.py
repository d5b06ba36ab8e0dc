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


def refuse(stack, exports):
    """Refuses to change or remove an export that is in use. `exports` are the new values by name."""
    for name, old in own(stack).items():
        users = [other.name for other in place.stacks().values() if name in getattr(other, "imported", [])]
        if users and exports.get(name) != old.value:
            verb = "updated" if name in exports else "deleted"
            raise ValidationError(message=f"Export {name} cannot be {verb} as it is in use by {users[0]}")


def own(stack):
    exports = stack.cross_stack_resources
    return {name: one for name, one in exports.items() if one.exporting_stack_id == stack.stack_id}


def publish(stack, output_map):
    for name in own(stack):
        del stack.cross_stack_resources[name]
    stack.cross_stack_resources.update({one.name: one for one in output_map.exports})


def withdraw(stack):
    for name in own(stack):
        del stack.cross_stack_resources[name]
